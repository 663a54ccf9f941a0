namespace Akka.IoActors.Operations;

/// <summary>
/// The part of a backend that carries operations out. Called on the loop's thread; what it is given comes
/// back through <see cref="OperationTable.Complete"/>, on that thread, once.
/// </summary>
internal interface IOperationExecutor
{
    /// <summary>
    /// Begins an operation, or, if the slot is polling, begins to wait for its readiness.
    /// </summary>
    /// <returns>False if there is no room at the moment: the table asks again.</returns>
    bool TryStart(Slot slot);

    /// <summary>
    /// Asks that a running operation end soon. It completes as usual: with −ECANCELED, or with its real
    /// result.
    /// </summary>
    void Cancel(Slot slot);
}

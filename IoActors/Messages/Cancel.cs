using System;

namespace Akka.IoActors;

/// <summary>
/// Asks that an operation end soon. The operation itself is answered in any case, and once: by −ECANCELED,
/// or by its real result where that came first or the kernel could not stop it.
/// </summary>
/// <remarks>
/// The reply is 0: the operation had not started and has been cancelled, or the kernel has been told;
/// −ENOENT: this backend has no such operation, it has been answered already or was never sent. Looks
/// through all operations in flight. <c>IORING_OP_ASYNC_CANCEL</c>, since Linux 5.5.
/// </remarks>
public sealed class Cancel : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="operation">The operation to cancel: the very object that was sent.</param>
    /// <exception cref="ArgumentNullException">There is no operation.</exception>
    public Cancel(IoOperation operation)
        : base(null)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Operation = operation;
    }

    /// <summary>The operation to cancel.</summary>
    public IoOperation Operation { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Cancel;

    private protected override string Details => Operation.ToString();
}

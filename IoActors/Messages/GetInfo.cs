namespace Akka.IoActors;

/// <summary>Asks a backend what it is and how it fares.</summary>
/// <remarks>The reply is 0, with <see cref="IoResult.Info"/>.</remarks>
public sealed class GetInfo : IoOperation
{
    /// <summary>Makes the message.</summary>
    public GetInfo()
        : base(null)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.GetInfo;
}

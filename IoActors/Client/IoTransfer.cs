namespace Akka.IoActors;

/// <summary>How far a transfer got that goes on until everything is through.</summary>
/// <param name="Transferred">Bytes that are through.</param>
/// <param name="Requested">Bytes that were to be.</param>
/// <param name="Error">
/// Why it ended early; <see cref="Errno.None"/> if it did not, or if the file or stream ended.
/// </param>
public readonly record struct IoTransfer(long Transferred, long Requested, Errno Error)
{
    /// <summary>Whether everything is through.</summary>
    public bool IsComplete => Transferred == Requested;
}

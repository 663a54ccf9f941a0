namespace Akka.IoActors.Backends.IoUring;

/// <summary>The <c>io-actors.io-uring</c> section of the configuration.</summary>
/// <param name="SqEntries">Entries of the submission queue.</param>
/// <param name="CqEntries">Entries of the completion queue.</param>
public sealed record RingSettings(int SqEntries, int CqEntries);

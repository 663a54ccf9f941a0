using System;
using System.Threading;
using Akka.Actor;

namespace Akka.IoActors.Clustering.Handles;

/// <summary>What the handles of a node share.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="Manager">Hears of nodes that do not answer.</param>
/// <param name="Ledger">Counts.</param>
internal sealed record HandleContext(ClusterSettings Settings, IActorRef Manager, OperationLedger Ledger);

/// <summary>What this node has asked of others, and what has become of it. Any thread.</summary>
internal sealed class OperationLedger
{
    private long _sent;
    private long _answered;
    private long _failed;

    /// <summary>Told of each failure, on the thread of whoever notices it.</summary>
    internal Action<Files.Failed>? OnFailed { get; set; }

    internal long Sent => Interlocked.Read(ref _sent);

    /// <summary>Whatever the answer; what a node that has gone leaves open is answered by its handle.</summary>
    internal long Answered => Interlocked.Read(ref _answered);

    internal long Failed => Interlocked.Read(ref _failed);

    internal void Send() => Interlocked.Increment(ref _sent);

    internal void Answer(object answer)
    {
        Interlocked.Increment(ref _answered);
        if (answer is Files.Failed failed)
        {
            Interlocked.Increment(ref _failed);
            OnFailed?.Invoke(failed);
        }
    }
}

using System;
using System.Collections.Generic;
using System.Linq;

namespace Akka.IoActors;

/// <summary>What a backend is and how it fares, at the moment of the reply to <see cref="GetInfo"/>.</summary>
public sealed record BackendInfo
{
    /// <summary>The backend: <c>io_uring</c>, <c>epoll</c> or <c>thread-pool</c>.</summary>
    public required string Backend { get; init; }

    /// <summary>The release of the running kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>What the kernel offers that the backend uses, such as <c>DEFER_TASKRUN</c>.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>How each kind of operation is carried out.</summary>
    public required IReadOnlyDictionary<OperationKind, OperationPath> Paths { get; init; }

    /// <summary>Limits by their keys in <c>reference.conf</c>, in the unit that the key names there.</summary>
    public required IReadOnlyDictionary<string, long> Limits { get; init; }

    /// <summary>What has been counted since the backend came up; restarts do not reset it.</summary>
    public required BackendCounters Counters { get; init; }
}

/// <summary>The way that an operation takes.</summary>
/// <param name="Path">Such as <c>IORING_OP_READ</c>, <c>offload pool</c> or <c>loop</c>.</param>
/// <param name="Since">The first kernel that has it, such as <c>5.6</c>; empty where any has.</param>
public sealed record OperationPath(string Path, string Since);

/// <summary>Counters and gauges of one backend: of all its loops.</summary>
public sealed record BackendCounters
{
    /// <summary>Operations taken in.</summary>
    public required long Submitted { get; init; }

    /// <summary>Replies sent. Equal to <see cref="Submitted"/> less what is in flight or waits.</summary>
    public required long Replied { get; init; }

    /// <summary>Replies that were errors; included in <see cref="Replied"/>.</summary>
    public required long Failed { get; init; }

    /// <summary>Operations refused with −EAGAIN because a limit was reached; included in both.</summary>
    public required long Rejected { get; init; }

    /// <summary>Replies of −ECANCELED; included in <see cref="Failed"/>.</summary>
    public required long Canceled { get; init; }

    /// <summary>Replies of −ETIMEDOUT, of deadlines and of the kernel; included in <see cref="Failed"/>.</summary>
    public required long TimedOut { get; init; }

    /// <summary>Operations that the kernel, or the pool, works on now.</summary>
    public required long InFlight { get; init; }

    /// <summary>Operations that wait for their turn now.</summary>
    public required long Waiting { get; init; }

    /// <summary>Buffers held in place now, without those that were given up.</summary>
    public required long PinnedBuffers { get; init; }

    /// <summary>Buffers given up because the kernel could not be asked whether it was done with them.</summary>
    public required long LeakedBuffers { get; init; }

    /// <summary>Completions that came for an operation answered before; dropped.</summary>
    public required long LateCompletions { get; init; }

    /// <summary>Times that the backend came back after a failure.</summary>
    public required long Restarts { get; init; }

    /// <summary>Entries into the kernel (<c>io_uring_enter</c>, <c>epoll_wait</c>).</summary>
    public required long Enters { get; init; }

    /// <summary>Times that another thread had to wake the loop.</summary>
    public required long WakeUps { get; init; }

    /// <summary>How long the loop has been parked: had nothing to do, and waited in the kernel.</summary>
    public required TimeSpan Parked { get; init; }

    /// <summary>Bytes that operations have read or received.</summary>
    public required long BytesRead { get; init; }

    /// <summary>Bytes that operations have written or sent, SendFile and Splice included; not CopyRange.</summary>
    public required long BytesWritten { get; init; }

    /// <summary>Operations that threads of the offload pools have carried out, or tried.</summary>
    public required long Offloaded { get; init; }

    /// <summary>Buffers of the backend's (<see cref="RecvPooled"/>) that their receivers have now.</summary>
    public required long BuffersInUse { get; init; }

    /// <summary>Buffers whose receivers were collected without having returned them: a mistake of theirs.</summary>
    public required long BuffersForgotten { get; init; }

    /// <summary>The counters of several loops as one.</summary>
    internal static BackendCounters Sum(IReadOnlyCollection<BackendCounters> counters) => new()
    {
        Submitted = counters.Sum(c => c.Submitted),
        Replied = counters.Sum(c => c.Replied),
        Failed = counters.Sum(c => c.Failed),
        Rejected = counters.Sum(c => c.Rejected),
        Canceled = counters.Sum(c => c.Canceled),
        TimedOut = counters.Sum(c => c.TimedOut),
        InFlight = counters.Sum(c => c.InFlight),
        Waiting = counters.Sum(c => c.Waiting),
        PinnedBuffers = counters.Sum(c => c.PinnedBuffers),
        LeakedBuffers = counters.Sum(c => c.LeakedBuffers),
        LateCompletions = counters.Sum(c => c.LateCompletions),
        Restarts = counters.Sum(c => c.Restarts),
        Enters = counters.Sum(c => c.Enters),
        WakeUps = counters.Sum(c => c.WakeUps),
        Parked = new TimeSpan(counters.Sum(c => c.Parked.Ticks)),
        BytesRead = counters.Sum(c => c.BytesRead),
        BytesWritten = counters.Sum(c => c.BytesWritten),
        Offloaded = counters.Sum(c => c.Offloaded),
        BuffersInUse = counters.Sum(c => c.BuffersInUse),
        BuffersForgotten = counters.Sum(c => c.BuffersForgotten),
    };
}

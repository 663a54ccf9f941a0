using System;
using System.Diagnostics;
using Akka.Actor;
using Akka.Dispatch;
using Akka.IoActors.Loop;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends;

/// <summary>
/// What outlives an incarnation of a backend actor: its operations, its pool, and how often it failed. Kept by
/// the loop; owned by the loop's thread.
/// </summary>
internal sealed class BackendState : IDisposable
{
    private readonly IoSettings _settings;
    private long _openedAt;
    private bool _open;

    internal BackendState(EventLoop loop, IActorRef owner, IoSettings settings)
    {
        _settings = settings;
        Loop = loop;
        Owner = owner;
        var pump = new ActionRunnable(() => Table!.Pump());
        var feed = new ActionRunnable(() => Table!.Feed());
        Table = new OperationTable(settings, () => loop.Post(pump), loop.CallAt)
        {
            Replier = owner,
            Buffers = new BufferPool(settings.BufferCount, settings.BufferSize, () => loop.Post(feed)),
        };
        Pool = new OffloadPool(
            $"io-offload-{owner.Path.Name}", settings.OffloadThreads, settings.OffloadQueue, loop, Table);
        Streams = new OffloadPool(
            $"io-streams-{owner.Path.Name}", settings.StreamThreads, settings.OffloadQueue, loop, Table);
    }

    internal IoSettings Settings => _settings;

    internal EventLoop Loop { get; }

    internal IActorRef Owner { get; }

    internal OperationTable Table { get; }

    /// <summary>For what may wait for a disk.</summary>
    internal OffloadPool Pool { get; }

    /// <summary>For what is tried on streams, where the loop does not do that itself.</summary>
    internal OffloadPool Streams { get; }

    /// <summary>Failures in a row; 0 after the executor has been up for the reset time.</summary>
    internal int Failures { get; private set; }

    /// <summary>The stop that is under way; null while there is none.</summary>
    internal BackendStop? Stop { get; set; }

    /// <summary>Entries into the kernel by the executors before this one.</summary>
    internal long FormerEnters { get; set; }

    /// <summary>What has been counted.</summary>
    /// <param name="enters">Entries into the kernel by this executor.</param>
    internal BackendCounters Count(long enters) => Table.Count(
        FormerEnters + enters, Loop.WakeUps, Pool.Started + Streams.Started, Loop.ParkedFor);

    /// <summary>Lets the loop go. Everything must have been answered.</summary>
    public void Dispose()
    {
        Pool.Dispose();
        Streams.Dispose();
        Table.Dispose();
        Loop.CallAt(long.MaxValue, static () => { });
        Loop.Tenant = null;
    }

    /// <summary>The executor is up.</summary>
    internal void Opened()
    {
        _open = true;
        _openedAt = Stopwatch.GetTimestamp();
    }

    /// <summary>The executor failed, or could not be made.</summary>
    internal void Failed()
    {
        if (_open && Stopwatch.GetElapsedTime(_openedAt) >= _settings.RestartReset)
        {
            Failures = 0;
        }

        _open = false;
        Failures++;
    }

    /// <summary>How long to wait before the next attempt: doubling, between the two bounds.</summary>
    internal TimeSpan BackOff()
    {
        var factor = Math.Pow(2, Math.Min(Failures - 1, 30));
        var ticks = Math.Min(_settings.MinBackOff.Ticks * factor, _settings.MaxBackOff.Ticks);
        return TimeSpan.FromTicks((long)ticks);
    }
}

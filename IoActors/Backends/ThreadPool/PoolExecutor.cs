using System;
using System.Collections.Generic;
using Akka.IoActors.Loop;
using Akka.IoActors.Native;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends.ThreadPool;

/// <summary>
/// Carries operations out on threads: those on files on one pool, those on streams on another, so that neither
/// keeps the other waiting; one more thread waits for the readiness of all streams. Owned by the loop's thread.
/// </summary>
internal sealed class PoolExecutor : IOperationExecutor
{
    private readonly OperationTable _table;
    private readonly OffloadPool _files;
    private readonly OffloadPool _streams;
    private readonly ReadinessThread _readiness;

    /// <summary>The slots that the readiness thread has.</summary>
    private readonly HashSet<ulong> _waiting = [];

    /// <exception cref="NativeException">The readiness thread gets no descriptor to be woken by.</exception>
    internal PoolExecutor(string name, EventLoop loop, OperationTable table, OffloadPool files, OffloadPool streams)
    {
        _table = table;
        _files = files;
        _streams = streams;
        _readiness = new ReadinessThread(
            $"io-readiness-{name}",
            (userData, result) => loop.Post(new Akka.Dispatch.ActionRunnable(() => Ready(userData, result))));
    }

    /// <inheritdoc/>
    public bool TryStart(Slot slot)
    {
        if (slot.Polling)
        {
            _waiting.Add(slot.UserData);
            _readiness.WaitFor(slot.UserData, slot.Wait.Fd, slot.Wait.Events);
        }
        else if (slot.IsStream)
        {
            _streams.Start(slot, mayWait: false);
        }
        else if (slot.TryCached(out var result))
        {
            _table.Complete(slot.UserData, result);
        }
        else
        {
            _files.Start(slot, mayWait: true);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Cancel(Slot slot)
    {
        if (_waiting.Contains(slot.UserData))
        {
            _readiness.Cancel(slot.UserData);
        }
        else
        {
            _files.Cancel(slot);
            _streams.Cancel(slot);
        }
    }

    /// <summary>Ends the waits; the pools go on with what they have.</summary>
    internal void Close()
    {
        _readiness.Dispose();
        foreach (var userData in _waiting)
        {
            _table.Complete(userData, -(long)Errno.ECANCELED);
        }

        _waiting.Clear();
    }

    private void Ready(ulong userData, long result)
    {
        // Not there any more if the executor was closed meanwhile.
        if (_waiting.Remove(userData))
        {
            _table.Complete(userData, result);
        }
    }
}

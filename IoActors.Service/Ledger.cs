using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;

namespace Akka.IoActors.Service;

/// <summary>Keeps count of what was sent and what was answered, on the requester's side. Any thread.</summary>
internal sealed class Ledger(IoActorsExtension io)
{
    private readonly ConcurrentDictionary<IoOperation, byte> _open = new();
    private long _submitted;
    private long _replied;
    private long _doubled;

    /// <summary>How long one part may take.</summary>
    internal static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(15);

    internal long Submitted => Interlocked.Read(ref _submitted);

    internal long Replied => Interlocked.Read(ref _replied);

    internal long Doubled => Interlocked.Read(ref _doubled);

    /// <summary>Some of what is not answered.</summary>
    internal IEnumerable<IoOperation> Unanswered => _open.Keys.Take(5);

    /// <summary>Sends by Ask.</summary>
    internal async Task<IoResult> Ask(IoOperation operation)
    {
        Sent(operation);
        return Got(await io.Backend.Ask<IoResult>(operation, Deadline));
    }

    /// <summary>Sends through the client.</summary>
    internal async Task<IoResult> Submit(IoOperation operation)
    {
        Sent(operation);
        return Got(await io.Client.SubmitAsync(operation));
    }

    /// <summary>Sends by Tell; the actor that gets the reply tells <see cref="Got"/>.</summary>
    internal void Tell(IoOperation operation, IActorRef requester)
    {
        Sent(operation);
        io.Backend.Tell(operation, requester);
    }

    internal IoResult Got(IoResult result)
    {
        if (_open.TryRemove(result.Operation, out _))
        {
            Interlocked.Increment(ref _replied);
        }
        else
        {
            Interlocked.Increment(ref _doubled);
        }

        return result;
    }

    private void Sent(IoOperation operation)
    {
        Interlocked.Increment(ref _submitted);
        _open[operation] = 0;
    }
}

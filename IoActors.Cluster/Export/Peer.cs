using System.Threading;
using Akka.Streams;

namespace Akka.IoActors.Clustering.Export;

/// <summary>What a peer, a node or program, has of this node. Any thread.</summary>
/// <param name="settings">The quotas.</param>
internal sealed class Peer(ClusterSettings settings)
{
    private readonly Lock _lock = new();

    /// <summary>Ends its streams: a stream ref does not notice that a whole node has gone.</summary>
    internal SharedKillSwitch Streams { get; } = KillSwitches.Shared("peer");

    private int _open;
    private int _inFlight;
    private long _bytes;

    /// <summary>Whether it has nothing.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _open == 0 && _inFlight == 0;
            }
        }
    }

    internal bool TryOpen()
    {
        lock (_lock)
        {
            if (_open >= settings.QuotaOpen)
            {
                return false;
            }

            _open++;
            return true;
        }
    }

    internal void Close()
    {
        lock (_lock)
        {
            _open--;
        }
    }

    internal bool TryEnter(long bytes)
    {
        lock (_lock)
        {
            if (_inFlight >= settings.QuotaInFlight || _bytes + bytes > settings.QuotaBytes)
            {
                return false;
            }

            _inFlight++;
            _bytes += bytes;
            return true;
        }
    }

    internal void Leave(long bytes)
    {
        lock (_lock)
        {
            _inFlight--;
            _bytes -= bytes;
        }
    }
}

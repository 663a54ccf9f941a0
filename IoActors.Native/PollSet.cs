using System;
using Tmds.Linux;

namespace Akka.IoActors.Native;

/// <summary>The descriptors of one <c>poll(2)</c>, used by one thread.</summary>
internal sealed unsafe class PollSet
{
    private pollfd[] _entries = new pollfd[16];

    /// <summary>The descriptors in the set.</summary>
    internal int Count { get; private set; }

    /// <summary>Adds a descriptor; it gets the next index.</summary>
    internal void Add(int fd, PollEvents events)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        _entries[Count++] = new pollfd { fd = fd, events = (short)events };
    }

    /// <summary>Takes the descriptor at an index out; the last one gets its index.</summary>
    internal void RemoveAt(int index) => _entries[index] = _entries[--Count];

    /// <summary>What <see cref="Wait"/> found for the descriptor at an index.</summary>
    internal PollEvents EventsAt(int index) => (PollEvents)(ushort)_entries[index].revents;

    /// <summary>Blocks until some descriptor is ready.</summary>
    /// <returns>How many are, or a negative errno.</returns>
    internal int Wait()
    {
        // SAFETY: the array is pinned for the call and holds Count entries.
        fixed (pollfd* entries = _entries)
        {
            var result = LibC.poll(entries, (uint)Count, -1);
            return result >= 0 ? result : -LibC.errno;
        }
    }
}

using System;
using System.Collections.Generic;
using System.Threading;

namespace Akka.IoActors.Clustering.Export;

/// <summary>
/// What has become of appends with keys: one that is sent again is answered as the first time. A key tells when it was made, so that one which this node
/// cannot know, since it was made before the node started or is no longer remembered, is told from a new one. Any thread.
/// </summary>
internal sealed class AppendLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Entry> _entries = [];
    private readonly Queue<(DateTimeOffset At, Guid Key)> _ages = new();
    private readonly ClusterSettings _settings;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _start;

    internal AppendLedger(ClusterSettings settings, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
        _start = clock.GetUtcNow();
    }

    /// <summary>Takes in an append.</summary>
    /// <param name="append">The append, with a key.</param>
    /// <param name="file">Root and path.</param>
    /// <param name="answer">Told of what becomes of it, unless this is the first time.</param>
    /// <returns>Whether it is to be carried out, and <see cref="Settle"/>d.</returns>
    internal bool TryBegin(Files.Append append, string file, Action<Files.Event> answer)
    {
        var key = append.Key!.Value;
        Files.Event now;
        lock (_lock)
        {
            var time = _clock.GetUtcNow();
            Forget(time);
            if (key.Version != 7)
            {
                now = Failed(append, file, Errno.EINVAL, "its key is no UUID of version 7");
            }
            else if (_entries.TryGetValue(key, out var entry))
            {
                if (entry.File != file || entry.Count != append.Bytes.Count)
                {
                    now = Failed(append, file, Errno.EINVAL, "its key was used for another append");
                }
                else if (entry.Outcome is { } outcome)
                {
                    now = outcome;
                }
                else
                {
                    entry.Waiting += answer;
                    return false;
                }
            }
            else if (TimeOf(key) is var made && made > time + _settings.ClockSkew)
            {
                now = Failed(append, file, Errno.EINVAL, "its key is from the future: the clocks differ by more than append-keys.clock-skew");
            }
            else if (made < _start + _settings.ClockSkew || made < time - _settings.KeyRetention)
            {
                now = Failed(append, file, Errno.ESTALE, "its key is older than what this node remembers", outcomeUnknown: true);
            }
            else if (_entries.Count >= _settings.KeyCount)
            {
                now = Failed(append, file, Errno.EAGAIN, "append-keys.count keys are remembered");
            }
            else
            {
                _entries.Add(key, new Entry(file, append.Bytes.Count));
                _ages.Enqueue((time, key));
                return true;
            }
        }

        answer(now);
        return false;
    }

    /// <summary>Takes note of the outcome. What certainly has not happened is forgotten, so that it can be tried again.</summary>
    internal void Settle(Guid key, Files.Event outcome)
    {
        Action<Files.Event>? waiting;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                return;
            }

            waiting = entry.Waiting;
            entry.Waiting = null;
            if (outcome is Files.Failed { OutcomeUnknown: false, Error: Errno.EAGAIN or Errno.EMSGSIZE or Errno.EBADF or Errno.EINVAL or Errno.ECANCELED or Errno.EACCES })
            {
                _entries.Remove(key);
            }
            else
            {
                entry.Outcome = outcome;
            }
        }

        waiting?.Invoke(outcome);
    }

    private static DateTimeOffset TimeOf(Guid key)
    {
        // RFC 9562: the first 48 bits are milliseconds since 1970.
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        var milliseconds = 0L;
        foreach (var each in bytes[..6])
        {
            milliseconds = (milliseconds << 8) | each;
        }

        // 48 bits reach further than a date of .NET.
        return DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(milliseconds, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
    }

    /// <summary>A key outlives its retention by the skew: one that is taken for new must not be a forgotten one.</summary>
    private void Forget(DateTimeOffset time)
    {
        while (_ages.TryPeek(out var oldest) && oldest.At < time - _settings.KeyRetention - _settings.ClockSkew - _settings.ClockSkew)
        {
            _ages.Dequeue();
            if (_entries.TryGetValue(oldest.Key, out var entry) && entry.Outcome is not null)
            {
                _entries.Remove(oldest.Key);
            }
            else if (entry is not null)
            {
                // Still under way.
                _ages.Enqueue((time, oldest.Key));
            }
        }
    }

    private static Files.Failed Failed(Files.Append append, string file, Errno error, string why, bool outcomeUnknown = false) =>
        OpenFiles.FileFailures.Of(append, file, error, why, outcomeUnknown);

    private sealed class Entry(string file, long count)
    {
        internal string File => file;

        internal long Count => count;

        internal Files.Event? Outcome { get; set; }

        internal Action<Files.Event>? Waiting { get; set; }
    }
}

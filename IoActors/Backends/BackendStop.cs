using System;
using System.Collections.Generic;
using System.Diagnostics;
using Akka.Actor;

namespace Akka.IoActors.Backends;

/// <summary>A stop under way: until when, and who wants to know. Owned by the loop's thread.</summary>
internal sealed class BackendStop(TimeSpan deadline)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Who asked, in order.</summary>
    internal List<(Stop Operation, IActorRef Requester)> Requests { get; } = [];

    /// <summary>Operations that the deadline has cut short.</summary>
    internal int CutShort { get; set; }

    /// <summary>Time until the deadline; not below 0.</summary>
    internal TimeSpan Left
    {
        get
        {
            var left = deadline - Stopwatch.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }
}

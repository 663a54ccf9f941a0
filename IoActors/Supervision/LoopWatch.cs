using System;
using System.Diagnostics;
using Akka.IoActors.Loop;

namespace Akka.IoActors.Supervision;

/// <summary>Looks at a loop now and then, and tells whether it stands still. Owned by the supervisor.</summary>
internal sealed class LoopWatch(EventLoop loop)
{
    private long _turns = -1;
    private long _since;

    /// <summary>How long the loop has been seen with work to do and without a turn.</summary>
    internal TimeSpan Look()
    {
        var turns = loop.Turns;
        if (turns != _turns || loop.IsResting)
        {
            _turns = turns;
            _since = Stopwatch.GetTimestamp();
            return TimeSpan.Zero;
        }

        return Stopwatch.GetElapsedTime(_since);
    }
}

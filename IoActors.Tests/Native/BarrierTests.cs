using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Akka.Dispatch;
using Akka.IoActors.Loop;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>
/// The parking protocol of the event loop under fire: no run may be lost between a loop that goes to rest
/// and a thread that posts.
/// </summary>
public sealed class BarrierTests
{
    /// <summary>Runs in all.</summary>
    private const int Posts = 200_000;

    /// <summary>A run that has not come in this time never will: the loop sleeps.</summary>
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Every poster waits for its run before it posts the next, so that the loop goes to rest all the time
    /// and nobody's later post rescues a lost one.
    /// </summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void No_run_is_lost_between_a_loop_that_rests_and_those_that_post(int posters, bool onRing)
    {
        using var loop = new LoopUnderTest(onRing);
        PostAndAwait(loop.Loop, posters, Posts / posters, static (_, _) => { });
        Assert.NotEqual(0, loop.Loop.WakeUps);
    }

    /// <summary>As before, with a thread that ends and starts again all the time.</summary>
    [Fact]
    public void No_run_is_lost_between_a_loop_that_ends_and_those_that_post()
    {
        using var loop = new LoopUnderTest();
        PostAndAwait(loop.Loop, 2, 5000, static (loop, n) =>
        {
            if (n % 3 == 0)
            {
                loop.Stop();
            }
        });
    }

    /// <summary>All at once.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_run_of_a_flood_is_run_once(bool onRing)
    {
        const int posters = 4;
        using var loop = new LoopUnderTest(onRing);
        var counters = Enumerable.Range(0, posters).Select(_ => new Counter()).ToArray();
        var threads = counters.Select(counter => OwnThread.Start(() =>
        {
            for (var n = 0; n < Posts / posters; n++)
            {
                loop.Loop.Post(counter);
            }
        })).ToList();
        threads.ForEach(thread => thread.Join());
        OwnThread.Until(
            () => counters.All(counter => counter.Value >= Posts / posters), "every posted run is run");
        loop.Do(static () => { });
        Assert.All(counters, counter => Assert.Equal(Posts / posters, counter.Value));
    }

    /// <summary>An actor on the loop that never stops talking to itself does not shut the others out.</summary>
    [Fact]
    public void A_run_that_posts_itself_for_ever_does_not_starve_those_of_other_threads()
    {
        using var loop = new LoopUnderTest();
        var selfish = new Selfish(loop.Loop);
        loop.Loop.Post(selfish);
        OwnThread.Until(() => selfish.Value > 0, "the first run");
        loop.Do(static () => { });
        selfish.Stop();
    }

    /// <summary>Nor the other way round.</summary>
    [Fact]
    public void Runs_of_other_threads_do_not_starve_the_loop_s_own()
    {
        using var loop = new LoopUnderTest();
        var stop = false;
        var counter = new Counter();
        var flood = OwnThread.Start(() =>
        {
            for (var posted = 0; !Volatile.Read(ref stop);)
            {
                // Enough for the loop never to find the queue empty, and not without bound.
                if (posted - counter.Value < 10_000)
                {
                    loop.Loop.Post(counter);
                    posted++;
                }
            }
        });
        var own = new Counter();
        loop.Do(() => loop.Loop.Post(own));
        OwnThread.Until(() => own.Value == 1, "the loop's own run");
        Volatile.Write(ref stop, true);
        flood.Join();
    }

    private static void PostAndAwait(EventLoop loop, int posters, int each, Action<EventLoop, int> before)
    {
        var lost = 0;
        var threads = Enumerable.Range(1, posters).Select(seed => OwnThread.Start(() =>
        {
            var counter = new Counter();
            var random = (uint)seed;
            for (var n = 1; n <= each && Volatile.Read(ref lost) == 0; n++)
            {
                // Not always at the same distance from the end of the run before.
                random = random * 1_664_525 + 1_013_904_223;
                Thread.SpinWait((int)(random >> 24));
                before(loop, n);
                loop.Post(counter);
                var posted = Stopwatch.GetTimestamp();
                for (var spins = 0; counter.Value < n && Volatile.Read(ref lost) == 0; spins++)
                {
                    if (spins % 64 == 63)
                    {
                        Thread.Yield();
                        if (Stopwatch.GetElapsedTime(posted) > Lost)
                        {
                            Volatile.Write(ref lost, n);
                        }
                    }
                }
            }
        })).ToList();
        threads.ForEach(thread => thread.Join());
        Assert.Equal(0, lost);
    }

    private sealed class Counter : IRunnable
    {
        private int _value;

        internal int Value => Volatile.Read(ref _value);

        public void Run() => Volatile.Write(ref _value, _value + 1);

        public void Execute() => Run();
    }

    private sealed class Selfish(EventLoop loop) : IRunnable
    {
        private int _value;
        private volatile bool _stopped;

        internal int Value => Volatile.Read(ref _value);

        public void Run()
        {
            _value++;
            if (!_stopped)
            {
                loop.Post(this);
            }
        }

        public void Execute() => Run();

        internal void Stop() => _stopped = true;
    }
}

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using Akka.Dispatch;
using Akka.IoActors.Native;

namespace Akka.IoActors.Loop;

/// <summary>
/// One operating-system thread that alternates between running mailboxes and driving a reactor. Rests when
/// neither has anything to do: spins for a bounded time, then parks.
/// </summary>
internal sealed class EventLoop
{
    // States of the thread, seen by those who post.
    private const int Running = 0;
    private const int Parked = 1;
    private const int Waking = 2;
    private const int Exited = 3;

    /// <summary>Mailbox runs before the reactor gets its turn.</summary>
    private const int TasksPerTurn = 64;

    [ThreadStatic]
    private static EventLoop? t_current;

    private readonly string _name;
    private readonly SpinBudget _spin;
    private readonly int? _processor;
    private readonly Action<Exception> _report;

    /// <summary>Runs posted by other threads. Any thread.</summary>
    private readonly ConcurrentQueue<IRunnable> _posted = new();

    /// <summary>Runs posted by the loop's own thread, and owned by it.</summary>
    private readonly Queue<IRunnable> _local = new();

    /// <summary>Made and closed by the loop's thread; rung by others while the state is Waking.</summary>
    private volatile EventFd? _wake;

    /// <summary>Owned by the loop's thread.</summary>
    private IReactor? _reactor;

    /// <summary>Owned by the loop's thread.</summary>
    private object? _tenant;

    /// <summary>Any thread; see <see cref="Post"/> and <see cref="Rest"/> for the protocol.</summary>
    private int _state = Exited;

    /// <summary>Set by any thread, cleared by the one that starts the thread.</summary>
    private volatile bool _stopping;

    private long _wakeUps;

    /// <summary>Counts the turns. Written by the loop's thread, read by any.</summary>
    private long _turns;

    /// <summary>When to call <see cref="_onDue"/>, as a timestamp. Owned by the loop's thread.</summary>
    private long _due = long.MaxValue;

    /// <summary>Owned by the loop's thread.</summary>
    private Action _onDue = static () => { };

    /// <param name="name">The name of the thread.</param>
    /// <param name="spin">How long an idle loop looks for work before it parks.</param>
    /// <param name="processor">The processor that the thread is bound to; null for none.</param>
    /// <param name="report">Gets what a mailbox run throws, which no actor was there to handle.</param>
    internal EventLoop(string name, TimeSpan spin, int? processor, Action<Exception> report)
    {
        _name = name;
        _processor = processor;
        _report = report;

        // On a single core whoever would end the wait cannot run meanwhile.
        _spin = new SpinBudget(Environment.ProcessorCount > 1 ? spin : TimeSpan.Zero);
    }

    /// <summary>The loop whose thread this is; null on every other thread.</summary>
    internal static EventLoop? Current => t_current;

    /// <summary>What a reactor watches so that other threads can wake the loop. Loop's thread only.</summary>
    internal EventFd Wake => _wake ?? throw new InvalidOperationException($"{_name} does not run.");

    /// <summary>Counts the turns; stands still while the loop rests, or while something keeps it. Any thread.</summary>
    internal long Turns => Interlocked.Read(ref _turns);

    /// <summary>Whether the loop has nothing to do. Any thread.</summary>
    internal bool IsResting => Volatile.Read(ref _state) is Parked or Exited;

    /// <summary>Times that another thread had to wake the loop.</summary>
    internal long WakeUps => Interlocked.Read(ref _wakeUps);

    /// <summary>How long it has been parked, all in all. The loop's thread.</summary>
    internal TimeSpan ParkedFor { get; private set; }

    /// <summary>
    /// What outlives an incarnation of the backend actor on this loop: its table. Loop's thread only.
    /// </summary>
    internal object? Tenant
    {
        get
        {
            MustBeCurrent();
            return _tenant;
        }

        set
        {
            MustBeCurrent();
            _tenant = value;
        }
    }

    /// <summary>Has the thread run this, soon. Callable from any thread.</summary>
    internal void Post(IRunnable run)
    {
        if (t_current == this)
        {
            _local.Enqueue(run);
            return;
        }

        _posted.Enqueue(run);

        // Pairs with the barrier in Rest: either we see that the loop rests, or it sees our run.
        Interlocked.MemoryBarrier();
        switch (Volatile.Read(ref _state))
        {
            case Parked when Interlocked.CompareExchange(ref _state, Waking, Parked) == Parked:
                Interlocked.Increment(ref _wakeUps);
                _wake!.Signal();

                // The thread waits for this: it could close the descriptor under us otherwise.
                Volatile.Write(ref _state, Running);
                break;
            case Exited when Interlocked.CompareExchange(ref _state, Running, Exited) == Exited:
                StartThread();
                break;
        }
    }

    /// <summary>Puts a reactor under the loop. Loop's thread only.</summary>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    internal void Attach(IReactor reactor)
    {
        MustBeCurrent();
        if (_reactor is not null)
        {
            throw new InvalidOperationException($"{_name} drives a reactor already: one backend a loop.");
        }

        _reactor = reactor;
    }

    /// <summary>Takes the reactor away, if it is still there. Loop's thread only.</summary>
    internal void Detach(IReactor reactor)
    {
        MustBeCurrent();
        if (_reactor == reactor)
        {
            _reactor = null;
        }
    }

    /// <summary>
    /// Has something called at a time, once; an earlier call of this is void then. Loop's thread only.
    /// </summary>
    /// <param name="timestamp">When, as <see cref="Stopwatch.GetTimestamp"/> counts; long.MaxValue for never.</param>
    /// <param name="action">What.</param>
    internal void CallAt(long timestamp, Action action)
    {
        MustBeCurrent();
        _due = timestamp;
        _onDue = action;
    }

    /// <summary>Lets the thread end once it has nothing to do. A later post starts another.</summary>
    internal void Stop()
    {
        if (Volatile.Read(ref _state) != Exited)
        {
            _stopping = true;
            Post(new ActionRunnable(static () => { }));
        }
    }

    private void StartThread()
    {
        _stopping = false;
        new Thread(Run) { Name = _name, IsBackground = true }.Start();
    }

    private void Run()
    {
        if (_processor is { } processor && Processors.Pin(processor) is < 0 and var error)
        {
            // It was there when the settings were read. The loop does its work wherever it may.
            _report(new NativeException($"sched_setaffinity to processor {processor}", error));
        }

        using var wake = MakeWake();
        _wake = wake;
        t_current = this;
        try
        {
            while (Turn())
            {
            }
        }
        finally
        {
            t_current = null;
        }
    }

    /// <summary>One turn: mailboxes, what is due, the reactor; and a rest if there was nothing.</summary>
    /// <returns>False if the thread shall end.</returns>
    private bool Turn()
    {
        Volatile.Write(ref _turns, _turns + 1);
        try
        {
            var ran = RunTasks();
            CallWhatIsDue();
            var turned = TurnReactor();
            return ran || turned || Rest();
        }
        catch (Exception e)
        {
            // A thread that ended here would take the process along. The backend deals with it instead.
            _report(e);
            if (_reactor is { } reactor)
            {
                Fail(reactor, e);
            }

            return true;
        }
    }

    private void CallWhatIsDue()
    {
        if (_due != long.MaxValue && Stopwatch.GetTimestamp() >= _due)
        {
            _due = long.MaxValue;
            _onDue();
        }
    }

    /// <summary>Makes the wake-up descriptor, be it late: what is posted must not be lost to EMFILE.</summary>
    private EventFd MakeWake()
    {
        var reported = false;
        while (true)
        {
            try
            {
                return new EventFd();
            }
            catch (NativeException e)
            {
                if (!reported)
                {
                    _report(e);
                    reported = true;
                }

                Thread.Sleep(10);
            }
        }
    }

    private bool RunTasks()
    {
        // Each kind has its share of the turn: runs that keep posting themselves would starve the other.
        var ran = 0;
        while (ran < TasksPerTurn / 2 && _posted.TryDequeue(out var run))
        {
            ran++;
            RunTask(run);
        }

        while (ran < TasksPerTurn && _local.TryDequeue(out var run))
        {
            ran++;
            RunTask(run);
        }

        return ran > 0;
    }

    private void RunTask(IRunnable run)
    {
        try
        {
            run.Run();
        }
        catch (Exception e)
        {
            // Actors handle their own; this is a scheduled action's, and the loop must go on.
            _report(e);
        }
    }

    private bool TurnReactor()
    {
        if (_reactor is not { } reactor)
        {
            return false;
        }

        try
        {
            return reactor.Turn(mayDefer: _local.Count == 0 && _posted.IsEmpty);
        }
        catch (Exception e)
        {
            Fail(reactor, e);
            return true;
        }
    }

    /// <summary>Spins, then parks, until there may be something to do.</summary>
    /// <returns>False if the thread shall end.</returns>
    private bool Rest()
    {
        if (Spin())
        {
            return true;
        }

        var leaving = _stopping && _reactor is null;
        Volatile.Write(ref _state, leaving ? Exited : Parked);

        // Pairs with the barrier in Post: either we see the run, or its poster sees that we rest.
        Interlocked.MemoryBarrier();
        if (leaving)
        {
            // Stays if there is a run, unless its poster came first and started another thread. That one
            // may own everything but the posted runs by now: do not look at the rest.
            return !_posted.IsEmpty && Interlocked.CompareExchange(ref _state, Running, Exited) == Exited;
        }

        if (!HasWork)
        {
            var parked = Stopwatch.GetTimestamp();
            Park();
            var waited = Stopwatch.GetElapsedTime(parked);
            ParkedFor += waited;
            _spin.Parked(waited);
        }

        if (Interlocked.CompareExchange(ref _state, Running, Parked) == Waking)
        {
            var wait = default(SpinWait);
            while (Volatile.Read(ref _state) == Waking)
            {
                wait.SpinOnce();
            }
        }

        return true;
    }

    private bool Spin()
    {
        var longest = _spin.Current;
        if (longest == TimeSpan.Zero || _reactor is { HasDeferred: true })
        {
            return false;
        }

        var start = Stopwatch.GetTimestamp();
        do
        {
            if (HasWork)
            {
                _spin.Paid();
                return true;
            }

            Thread.SpinWait(16);
        }
        while (Stopwatch.GetElapsedTime(start) < longest);

        _spin.WasInVain();
        return false;
    }

    private bool HasWork => _local.Count > 0 || !_posted.IsEmpty || _reactor is { HasWork: true };

    private void Park()
    {
        var timeout = _due == long.MaxValue
            ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromTicks(Math.Max(0, Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _due).Ticks));
        if (_reactor is not { } reactor)
        {
            _wake!.Wait(timeout);
            return;
        }

        try
        {
            reactor.Park(timeout);
        }
        catch (Exception e)
        {
            Fail(reactor, e);
        }
    }

    private void Fail(IReactor reactor, Exception cause)
    {
        _reactor = null;
        reactor.OnFailed(cause);
    }

    private void MustBeCurrent()
    {
        if (t_current != this)
        {
            throw new InvalidOperationException($"This belongs on the thread of {_name}.");
        }
    }
}

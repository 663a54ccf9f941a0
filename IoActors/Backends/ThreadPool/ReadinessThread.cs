using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using Akka.IoActors.Native;

namespace Akka.IoActors.Backends.ThreadPool;

/// <summary>
/// One thread that waits, by <c>poll(2)</c>, for the readiness of every descriptor that an operation waits
/// for: an idle wait costs no thread of the pool.
/// </summary>
internal sealed class ReadinessThread : IDisposable
{
    private readonly Action<ulong, long> _ready;
    private readonly EventFd _wake = new();
    private readonly Thread _thread;

    /// <summary>What the thread shall do next. Any thread.</summary>
    private readonly ConcurrentQueue<Command> _commands = new();

    /// <param name="name">The name of the thread.</param>
    /// <param name="ready">Gets user data and events, or −ECANCELED, on this thread.</param>
    internal ReadinessThread(string name, Action<ulong, long> ready)
    {
        _ready = ready;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Waits until a descriptor is ready. Any thread.</summary>
    internal void WaitFor(ulong userData, int fd, PollEvents events) => Send(new Command(userData, fd, events));

    /// <summary>Ends a wait, if it is not over. Any thread.</summary>
    internal void Cancel(ulong userData) => Send(new Command(userData, -1, PollEvents.None));

    /// <summary>Ends the thread, and with it all waits, which are not reported any more.</summary>
    public void Dispose()
    {
        Send(default);
        _thread.Join();
        _wake.Dispose();
    }

    private void Send(Command command)
    {
        _commands.Enqueue(command);
        _wake.Signal();
    }

    private void Run()
    {
        var set = new PollSet();
        var waiting = new List<ulong>();
        set.Add(_wake.Descriptor, PollEvents.In);
        waiting.Add(0);
        while (true)
        {
            _ = set.Wait();

            // From the back: the last one takes the place of one that leaves.
            for (var i = set.Count - 1; i > 0; i--)
            {
                if (set.EventsAt(i) is not PollEvents.None and var events)
                {
                    Leave(set, waiting, i, (long)events);
                }
            }

            if (set.EventsAt(0) != PollEvents.None)
            {
                _wake.Wait();
                while (_commands.TryDequeue(out var command))
                {
                    if (command.IsEnd)
                    {
                        return;
                    }

                    Obey(command, set, waiting);
                }
            }
        }
    }

    private void Obey(Command command, PollSet set, List<ulong> waiting)
    {
        if (command.Events != PollEvents.None)
        {
            set.Add(command.Fd, command.Events);
            waiting.Add(command.UserData);
        }
        else if (waiting.IndexOf(command.UserData, 1) is > 0 and var index)
        {
            Leave(set, waiting, index, -(long)Errno.ECANCELED);
        }
    }

    private void Leave(PollSet set, List<ulong> waiting, int index, long result)
    {
        var userData = waiting[index];
        set.RemoveAt(index);
        waiting[index] = waiting[^1];
        waiting.RemoveAt(waiting.Count - 1);
        _ready(userData, result);
    }

    /// <param name="UserData">The operation.</param>
    /// <param name="Fd">The descriptor; 0 with no events and user data 0 ends the thread.</param>
    /// <param name="Events">What to wait for; none cancels.</param>
    private readonly record struct Command(ulong UserData, int Fd, PollEvents Events)
    {
        internal bool IsEnd => Fd == 0 && Events == PollEvents.None;
    }
}

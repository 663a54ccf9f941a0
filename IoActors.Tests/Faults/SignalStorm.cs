using System;
using System.Threading;
using Akka.IoActors.Tests.Native;
using Akka.IoActors.Tests.Support;

namespace Akka.IoActors.Tests.Faults;

/// <summary>Interrupts the threads of the backends, one after the other, until it is disposed.</summary>
internal sealed class SignalStorm : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stop;
    private long _sent;

    internal SignalStorm()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "storm" };
        _thread.Start();
    }

    internal long Sent => Interlocked.Read(ref _sent);

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Run()
    {
        while (!_stop)
        {
            foreach (var thread in BackendThreads.Numbers())
            {
                if (Signals.TrySend(thread))
                {
                    Interlocked.Increment(ref _sent);
                }
            }
        }
    }
}

using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace Akka.IoActors.Tests.Faults;

/// <summary>Sends signals to the threads of the backends, one after the other, until it is disposed.</summary>
internal sealed class SignalStorm : IDisposable
{
    private const int WindowChange = 28;

    // With a handler of .NET's there, which does nothing: an ignored signal interrupts no call.
    private readonly PosixSignalRegistration _handler = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => { });
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
        _handler.Dispose();
    }

    private void Run()
    {
        while (!_stop)
        {
            foreach (var task in Directory.GetDirectories("/proc/self/task"))
            {
                try
                {
                    if (File.ReadAllText(Path.Combine(task, "comm")).StartsWith("io-", StringComparison.Ordinal)
                        && tgkill(Environment.ProcessId, int.Parse(Path.GetFileName(task), null), WindowChange) == 0)
                    {
                        Interlocked.Increment(ref _sent);
                    }
                }
                catch (IOException)
                {
                    // The thread has ended meanwhile.
                }
            }
        }
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int tgkill(int process, int thread, int signal);
}

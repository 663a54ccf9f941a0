using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Akka.IoActors.Tests.Native;

/// <summary>Threads of a test's own: a ring belongs to the thread that makes it.</summary>
internal sealed class OwnThread
{
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    private OwnThread(Action body)
    {
        _thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            IsBackground = true,
        };
        _thread.Start();
    }

    /// <summary>How long anything may take before the test calls it a hang.</summary>
    internal static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Runs the body on a new thread and waits for it, but not for ever.</summary>
    internal static void Run(Action body) => Start(body).Join();

    /// <summary>Runs the body on a new thread beside the caller.</summary>
    internal static OwnThread Start(Action body) => new(body);

    /// <summary>Waits until something holds, but not for ever.</summary>
    internal static void Until(Func<bool> condition, string what)
    {
        if (!SpinWait.SpinUntil(condition, Deadline))
        {
            throw new TimeoutException($"in vain: {what}");
        }
    }

    /// <summary>Waits for the end of the body, and throws what it threw.</summary>
    internal void Join()
    {
        if (!_thread.Join(Deadline))
        {
            throw new TimeoutException("the thread of the test hangs");
        }

        _failure?.Throw();
    }
}

using System;
using Akka.Actor;

namespace Akka.IoActors.Sockets;

/// <summary>
/// A pause when this process or the system is short of something: at once it would be the same again, a million times a
/// second. It is also the message that it is over.
/// </summary>
internal sealed class Rest
{
    private static readonly Rest s_over = new();

    private Rest()
    {
    }

    /// <summary>How long it is.</summary>
    internal static TimeSpan Time { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether there is a connection, and nothing to take it with: no descriptor, or no memory.</summary>
    internal static bool IsFor(Errno error) => error is Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.ENOBUFS or Errno.EAGAIN;

    /// <summary>Begins one; the actor gets the message when it is over.</summary>
    internal static void Begin(ITimerScheduler timers) => timers.StartSingleTimer(s_over, s_over, Time);
}

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service;

/// <summary>Real failures, for the tour, the soak and the status page.</summary>
internal static class Breaker
{
    /// <summary>Closes the ring's descriptor, as a bug elsewhere in the process might.</summary>
    /// <returns>Its number; null where there is no ring.</returns>
    internal static int? TearRing(ServiceHost host)
    {
        var ring = Directory.GetFiles("/proc/self/fd")
            .FirstOrDefault(link => new FileInfo(link).LinkTarget == "anon_inode:[io_uring]");
        if (ring is null || host.Io.Health != IoHealth.Up)
        {
            return null;
        }

        var number = int.Parse(Path.GetFileName(ring), CultureInfo.InvariantCulture);
        Check.That(Sys.Close(number) == 0, $"descriptor {number} could not be closed");
        return number;
    }

    /// <summary>Has the actor of a loop throw.</summary>
    internal static void KillActor(ServiceHost host) => KillActor(host, Random.Shared.Next(host.Io.Loops.Count));

    /// <summary>Has the actor of a certain loop throw: its ring is torn down, and another one made.</summary>
    internal static void KillActor(ServiceHost host, int loop) => host.Io.Loops[loop].Backend.Tell(Kill.Instance);

    /// <summary>Two connected sockets.</summary>
    internal static (SafeSocketHandle Near, SafeSocketHandle Far) MakePair()
    {
        var result = Sys.SocketPair(out var near, out var far);
        Check.That(result == 0, $"socketpair: {((Errno)(-result)).Name()}");
        return (new SafeSocketHandle(near, ownsHandle: true), new SafeSocketHandle(far, ownsHandle: true));
    }
}

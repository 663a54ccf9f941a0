using System;
using System.Collections.Generic;
using System.Net.Sockets;
using Akka.IO;

namespace Akka.IoActors.Sockets;

/// <summary>Gives Akka's socket options, which know of .NET's sockets only, a descriptor to work on.</summary>
internal static class SocketOptionsOf
{
    /// <summary>Applies options to a descriptor, which stays its owner's.</summary>
    /// <exception cref="SocketException">The kernel refuses one.</exception>
    internal static void Apply(int fd, IReadOnlyCollection<Inet.SocketOption> options, Action<Inet.SocketOption, Socket> apply)
    {
        if (options.Count == 0)
        {
            return;
        }

        // Neither disposed of nor finalized: both wait, for ever, for the handle to have closed what it does not own.
        var socket = new Socket(new SafeSocketHandle(fd, ownsHandle: false));
#pragma warning disable CA1816
        GC.SuppressFinalize(socket);
#pragma warning restore CA1816
        foreach (var option in options)
        {
            apply(option, socket);
        }
    }
}

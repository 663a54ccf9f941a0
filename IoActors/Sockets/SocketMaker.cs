using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.IO;
using Akka.IoActors.Native;

namespace Akka.IoActors.Sockets;

/// <summary>Makes, binds and connects sockets for the managers: tasks that keep no thread.</summary>
internal sealed class SocketMaker(IoClient client)
{
    /// <summary>A new socket after what <paramref name="prepare"/> does to it; none if that fails.</summary>
    internal async Task<int> Make(
        AddressFamily family,
        SocketType type,
        IReadOnlyCollection<Inet.SocketOption> options,
        Action<Inet.SocketOption, Socket> apply,
        Func<int, Task> prepare)
    {
        var fd = options.OfType<Inet.DatagramChannelCreator>().LastOrDefault() is { } creator
            ? Create(creator, family)
            : (int)(await client.CreateSocketAsync(family, type)).GetValueOrThrow();
        try
        {
            SocketOptionsOf.Apply(fd, options, apply);
            await prepare(fd);
            return fd;
        }
        catch
        {
            _ = await client.CloseAsync(fd);
            throw;
        }
    }

    /// <summary>
    /// Binds. The address of a TCP listener that has just ended can be had again at once, as .NET has it; and the file of a Unix
    /// socket that nobody listens to any more is replaced.
    /// </summary>
    internal async Task Bind(int fd, EndPoint address)
    {
        if (address is not UnixDomainSocketEndPoint)
        {
            (await client.SetSockOptAsync(fd, SocketOption.ReuseAddress, 1)).ThrowIfFailed();
        }

        var bound = await client.BindAsync(fd, address);
        if (bound.Error == Errno.EADDRINUSE && address is UnixDomainSocketEndPoint && await IsLeftOver(address))
        {
            (await client.UnlinkAsync(PathOf(address)!)).ThrowIfFailed();
            bound = await client.BindAsync(fd, address);
        }

        bound.ThrowIfFailed();
    }

    /// <summary>Connects, within that time; without one as long as the kernel tries.</summary>
    internal async Task Connect(int fd, EndPoint? local, EndPoint remote, TimeSpan? left)
    {
        if (local is not null)
        {
            (await client.BindAsync(fd, local)).ThrowIfFailed();
        }

        var connected = left > TimeSpan.Zero || left is null
            ? await client.ConnectAsync(fd, remote, left)
            : throw new TimeoutException($"No connection to {remote} in time.");
        if (connected.Error == Errno.ETIMEDOUT && left is not null)
        {
            throw new TimeoutException($"No connection to {remote} in time.");
        }

        connected.ThrowIfFailed();
    }

    /// <summary>The path that a Unix socket has for a name; null for an abstract name and for other families.</summary>
    internal static string? PathOf(EndPoint? address) =>
        address is UnixDomainSocketEndPoint && address.ToString() is [not '@', ..] path ? path : null;

    /// <summary>A socket of somebody else's making: its descriptor, under a number of our own.</summary>
    private static int Create(Inet.DatagramChannelCreator creator, AddressFamily family)
    {
        using var socket = creator.Create(family);
        var fd = Sys.Duplicate((int)socket.Handle);
        return fd >= 0 ? fd : throw new SocketException((int)SocketError.TooManyOpenSockets);
    }

    /// <summary>Whether it is a socket that nobody listens to. Of any other file connect(2) says the same as of that.</summary>
    private async Task<bool> IsLeftOver(EndPoint address)
    {
        if (PathOf(address) is not { } path
            || await client.StatAsync(path, follow: false) is not { IsSuccess: true, Status.Type: FileType.Socket })
        {
            return false;
        }

        var probe = (int)(await client.CreateSocketAsync(AddressFamily.Unix)).GetValueOrThrow();
        var answer = await client.ConnectAsync(probe, address);
        _ = await client.CloseAsync(probe);
        return answer.Error == Errno.ECONNREFUSED;
    }
}

using System;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>An option of a socket, by the numbers of the kernel (<c>socket(7)</c>, <c>tcp(7)</c>, <c>ip(7)</c>, <c>ipv6(7)</c>).</summary>
/// <param name="Level">SOL_SOCKET (1), IPPROTO_IP (0), IPPROTO_TCP (6), IPPROTO_IPV6 (41), ….</param>
/// <param name="Name">The option at that level.</param>
public readonly record struct SocketOption(int Level, int Name)
{
    /// <summary>SO_REUSEADDR: an address that others have just left may be bound.</summary>
    public static SocketOption ReuseAddress => new(1, 2);

    /// <summary>SO_ERROR: the error that waits, which is then gone; to be read only.</summary>
    public static SocketOption Error => new(1, 4);

    /// <summary>SO_BROADCAST.</summary>
    public static SocketOption Broadcast => new(1, 6);

    /// <summary>SO_SNDBUF, in bytes; the kernel doubles it.</summary>
    public static SocketOption SendBuffer => new(1, 7);

    /// <summary>SO_RCVBUF, in bytes; the kernel doubles it.</summary>
    public static SocketOption ReceiveBuffer => new(1, 8);

    /// <summary>SO_KEEPALIVE.</summary>
    public static SocketOption KeepAlive => new(1, 9);

    /// <summary>SO_LINGER: two numbers, on or off and seconds.</summary>
    public static SocketOption Linger => new(1, 13);

    /// <summary>SO_REUSEPORT: several sockets with one address, between which the kernel spreads connections.</summary>
    public static SocketOption ReusePort => new(1, 15);

    /// <summary>TCP_NODELAY.</summary>
    public static SocketOption NoDelay => new(6, 1);

    /// <summary>TCP_CORK.</summary>
    public static SocketOption Cork => new(6, 3);

    /// <summary>TCP_KEEPIDLE, in seconds.</summary>
    public static SocketOption KeepIdle => new(6, 4);

    /// <summary>TCP_KEEPINTVL, in seconds.</summary>
    public static SocketOption KeepInterval => new(6, 5);

    /// <summary>TCP_KEEPCNT.</summary>
    public static SocketOption KeepCount => new(6, 6);

    /// <summary>TCP_DEFER_ACCEPT, in seconds.</summary>
    public static SocketOption DeferAccept => new(6, 9);

    /// <summary>TCP_QUICKACK.</summary>
    public static SocketOption QuickAck => new(6, 12);

    /// <summary>TCP_USER_TIMEOUT, in milliseconds.</summary>
    public static SocketOption UserTimeout => new(6, 18);

    /// <summary>IPV6_V6ONLY.</summary>
    public static SocketOption V6Only => new(41, 26);
}

/// <summary>Sets an option of a socket.</summary>
/// <remarks>
/// The reply is 0. −ENOPROTOOPT (no such option), −EINVAL (no such value), −EPERM, −EDOM, −ENOTSOCK, −EBADF.
/// <c>setsockopt(2)</c>, on the loop.
/// </remarks>
public sealed class SetSockOpt : SocketOperation
{
    private readonly ReadOnlyMemory<byte> _value;

    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="option">The option.</param>
    /// <param name="value">A number; 0 or 1 where it is on or off.</param>
    public SetSockOpt(Descriptor socket, SocketOption option, int value)
        : this(socket, option, BitConverter.GetBytes(value))
    {
    }

    /// <summary>Makes the message, of an option that is no number.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="option">The option.</param>
    /// <param name="value">The bytes of what C takes.</param>
    public SetSockOpt(Descriptor socket, SocketOption option, ReadOnlyMemory<byte> value)
        : base(socket)
    {
        Option = option;
        _value = value.ToArray();
    }

    /// <summary>The option.</summary>
    public SocketOption Option { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.SetSockOpt;

    internal override long Call(OperationArguments arguments) =>
        Sys.SetSockOpt(arguments.Fd, Option.Level, Option.Name, _value.Span);

    private protected override string Details => $"{Option}";
}

/// <summary>Reads an option of a socket.</summary>
/// <remarks>
/// The reply is the number of bytes that the option has, at most those of the buffer: 4 for a number. −ENOPROTOOPT,
/// −EINVAL, −ENOTSOCK, −EBADF. <c>getsockopt(2)</c>, on the loop.
/// </remarks>
public sealed class GetSockOpt : SocketOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="option">The option.</param>
    /// <param name="value">Where to: the bytes of what C gets.</param>
    public GetSockOpt(Descriptor socket, SocketOption option, Memory<byte> value)
        : base(socket)
    {
        Option = option;
        Buffer = value;
    }

    /// <summary>The option.</summary>
    public SocketOption Option { get; }

    /// <summary>Where the bytes go.</summary>
    public Memory<byte> Buffer { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.GetSockOpt;

    internal override long Call(OperationArguments arguments) =>
        Sys.GetSockOpt(arguments.Fd, Option.Level, Option.Name, Buffer.Span);

    /// <summary>The number that the reply has brought.</summary>
    /// <exception cref="InvalidOperationException">The buffer has no room for a number.</exception>
    public int Number => Buffer.Length >= sizeof(int)
        ? MemoryMarshal.Read<int>(Buffer.Span)
        : throw new InvalidOperationException($"{this} has no room for a number.");

    private protected override string Details => $"{Option}";
}

using System;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>Has a socket take connections.</summary>
/// <remarks>
/// The reply is 0. −EADDRINUSE, −EOPNOTSUPP (a socket without connections), −EINVAL, −ENOTSOCK, −EBADF. <c>listen(2)</c>, on
/// the loop.
/// </remarks>
public sealed class Listen : SocketOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket, bound.</param>
    /// <param name="backlog">Connections that may wait for an Accept; the kernel has its own limit (net.core.somaxconn).</param>
    /// <exception cref="ArgumentOutOfRangeException">The backlog is negative.</exception>
    public Listen(Descriptor socket, int backlog = 512)
        : base(socket)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(backlog);
        Backlog = backlog;
    }

    /// <summary>Connections that may wait for an Accept.</summary>
    public int Backlog { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Listen;

    internal override long Call(OperationArguments arguments) => Sys.Listen(arguments.Fd, Backlog);

    private protected override string Details => FormattableString.Invariant($"backlog {Backlog}");
}

using System;
using System.Net.Sockets;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>
/// Ends one direction of a connection, or both. An end of sending takes its turn behind the sends before it; an end of
/// receiving is at once, and a receive that waits is answered 0.
/// </summary>
/// <remarks>The reply is 0. −ENOTCONN, −ENOTSOCK, −EBADF. <c>shutdown(2)</c>, on the loop.</remarks>
public sealed class Shutdown : SocketOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="how">Which direction.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such direction.</exception>
    public Shutdown(Descriptor socket, SocketShutdown how)
        : base(socket) => How = Enum.IsDefined(how)
            ? how
            : throw new ArgumentOutOfRangeException(nameof(how), how, "Receive, Send or Both is wanted.");

    /// <summary>Which direction.</summary>
    public SocketShutdown How { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Shutdown;

    internal override OrderClass Order => How == SocketShutdown.Receive ? OrderClass.Positional : OrderClass.Out;

    // SHUT_RD 0, SHUT_WR 1, SHUT_RDWR 2: .NET counts as Linux does.
    internal override long Call(OperationArguments arguments) => Sys.Shutdown(arguments.Fd, (int)How);

    private protected override string Details => $"{How}";
}

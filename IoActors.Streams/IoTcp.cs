using System;
using System.Collections.Immutable;
using System.Net;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using Tcp = Akka.Streams.Dsl.Tcp;

namespace Akka.IoActors.Streams;

/// <summary>
/// Connections as flows of bytes, on the I/O service: what <c>system.TcpStream()</c> is to Akka.Streams, with its types. TCP, and Unix sockets
/// (<see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>).
/// </summary>
/// <remarks>
/// Bytes are received when they are asked for, an element at a time, and an element is taken when the one before is with the kernel: a slow
/// stream holds back its peer. The end of what comes in to be sent ends our half of the connection (<c>halfClose</c>), or all of it; the peer's end
/// completes what goes out. A reset or an error fails the stream: a <see cref="StreamTcpException"/>. A stream that is stopped from outside,
/// or fails, resets the connection.
/// </remarks>
public static class IoTcp
{
    /// <summary>Listens, and gives a flow for each connection, as they are asked for; the others wait in the backlog.</summary>
    /// <param name="system">The system whose I/O service does it.</param>
    /// <param name="address">What to bind to; port 0 for any that is free.</param>
    /// <param name="backlog">Connections that may wait to be asked for, more than 0.</param>
    /// <param name="options">Options of the sockets.</param>
    /// <param name="halfClose">Whether a connection stays open to be read when all has been sent.</param>
    /// <param name="idleTimeout">A connection on which nothing moves for so long fails with a <see cref="TimeoutException"/>; none if null.</param>
    /// <returns>
    /// The source. It materializes what it is bound to, once it is, and how to unbind: the source completes then, and connections go on. It fails with a
    /// <see cref="StreamTcpException"/>, which says why, if it cannot be bound.
    /// </returns>
    public static Source<Tcp.IncomingConnection, Task<Tcp.ServerBinding>> Bind(
        ActorSystem system,
        EndPoint address,
        int backlog = 100,
        IImmutableList<Inet.SocketOption>? options = null,
        bool halfClose = false,
        TimeSpan? idleTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(address);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(backlog);
        CheckTimeout(idleTimeout, nameof(idleTimeout));
        return Source.FromGraph(new TcpBindSource(
            system, new Akka.IO.Tcp.Bind(ActorRefs.Nobody, address, backlog, options, pullMode: true), halfClose, idleTimeout));
    }

    /// <summary>A flow to a peer: what comes in is sent, what the peer sends goes out.</summary>
    /// <param name="system">The system whose I/O service does it.</param>
    /// <param name="remote">The peer; a name (<see cref="DnsEndPoint"/>) is resolved by Akka.</param>
    /// <param name="local">What to bind to first; nothing if null.</param>
    /// <param name="options">Options of the socket.</param>
    /// <param name="halfClose">Whether it stays open to be read when all has been sent.</param>
    /// <param name="connectTimeout">How long connecting may take; as long as the system lets it if null.</param>
    /// <param name="idleTimeout">If nothing moves for so long the flow fails with a <see cref="TimeoutException"/>; never if null.</param>
    /// <returns>
    /// The flow. It connects when it is materialized, and materializes the two addresses once it has; or a <see cref="StreamTcpException"/>, which fails the
    /// flow too.
    /// </returns>
    public static Flow<ByteString, ByteString, Task<Tcp.OutgoingConnection>> OutgoingConnection(
        ActorSystem system,
        EndPoint remote,
        EndPoint? local = null,
        IImmutableList<Inet.SocketOption>? options = null,
        bool halfClose = true,
        TimeSpan? connectTimeout = null,
        TimeSpan? idleTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(remote);
        CheckTimeout(connectTimeout, nameof(connectTimeout));
        CheckTimeout(idleTimeout, nameof(idleTimeout));
        var connect = new Akka.IO.Tcp.Connect(remote, local, options, connectTimeout, pullMode: true);
        return WithTimeout(Flow.FromGraph(new TcpConnectionFlow(system, connect, halfClose)), idleTimeout);
    }

    /// <summary>
    /// So that it can be joined with anything, itself included: it asks for nothing until it is asked. And ended when nothing moves.
    /// </summary>
    internal static Flow<ByteString, ByteString, TMat> WithTimeout<TMat>(Flow<ByteString, ByteString, TMat> flow, TimeSpan? idleTimeout) =>
        idleTimeout is { } timeout
            ? flow.Detach().Join(BidiFlow.BidirectionalIdleTimeout<ByteString, ByteString>(timeout))
            : flow.Detach();

    private static void CheckTimeout(TimeSpan? timeout, string name)
    {
        if (timeout is { } time)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, name);
        }
    }
}

using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Client;

namespace Akka.IoActors;

/// <summary>
/// A backend as awaitable methods: one a operation, each answered by an <see cref="IoResult"/>, never by an
/// exception (<see cref="IoResult.GetValueOrThrow"/> throws). Callable from any thread and any actor.
/// </summary>
/// <remarks>
/// A cancelled token sends <see cref="Cancel"/>; the task still completes with the operation's one reply, since
/// the buffer is the backend's until then. Each ValueTask is to be awaited once. Continuations run on the thread
/// pool, or where the caller's context wants them, never on the loop.
/// </remarks>
public sealed class IoClient
{
    private readonly IoPromisePool _promises;

    /// <summary>Makes a client of a backend.</summary>
    /// <param name="system">The actor system of the backend.</param>
    /// <param name="backend">The backend.</param>
    public IoClient(ActorSystem system, IActorRef backend)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(backend);
        Backend = backend;
        _promises = new IoPromisePool(((ExtendedActorSystem)system).Provider);
    }

    /// <summary>The backend.</summary>
    public IActorRef Backend { get; }

    /// <summary>Sends any operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="cancellation">Ends it early, if it can be ended.</param>
    public ValueTask<IoResult> SubmitAsync(IoOperation operation, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return _promises.Rent().Send(Backend, operation, cancellation);
    }

    /// <summary>Opens a file: see <see cref="Open"/>.</summary>
    public ValueTask<IoResult> OpenAsync(
        string path,
        OpenFlags flags = OpenFlags.ReadOnly,
        UnixFileMode mode = Open.DefaultMode,
        CancellationToken cancellation = default) => SubmitAsync(new Open(path, flags, mode), cancellation);

    /// <summary>Closes a descriptor: see <see cref="Close"/>.</summary>
    public ValueTask<IoResult> CloseAsync(Descriptor descriptor, CancellationToken cancellation = default) =>
        SubmitAsync(new Close(descriptor), cancellation);

    /// <summary>Reads at the file position or from a stream: see <see cref="Read"/>.</summary>
    public ValueTask<IoResult> ReadAsync(
        Descriptor descriptor, Memory<byte> buffer, CancellationToken cancellation = default) =>
        SubmitAsync(new Read(descriptor, buffer), cancellation);

    /// <summary>Writes at the file position or to a stream: see <see cref="Write"/>.</summary>
    public ValueTask<IoResult> WriteAsync(
        Descriptor descriptor, ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default) =>
        SubmitAsync(new Write(descriptor, buffer), cancellation);

    /// <summary>Reads at an offset: see <see cref="PRead"/>.</summary>
    public ValueTask<IoResult> PReadAsync(
        Descriptor descriptor, Memory<byte> buffer, long offset, CancellationToken cancellation = default) =>
        SubmitAsync(new PRead(descriptor, buffer, offset), cancellation);

    /// <summary>Writes at an offset: see <see cref="PWrite"/>.</summary>
    public ValueTask<IoResult> PWriteAsync(
        Descriptor descriptor, ReadOnlyMemory<byte> buffer, long offset, CancellationToken cancellation = default) =>
        SubmitAsync(new PWrite(descriptor, buffer, offset), cancellation);

    /// <summary>Brings what was written to the device: see <see cref="FSync"/>.</summary>
    public ValueTask<IoResult> FSyncAsync(Descriptor descriptor, CancellationToken cancellation = default) =>
        SubmitAsync(new FSync(descriptor), cancellation);

    /// <summary>Cuts or grows a file: see <see cref="FTruncate"/>.</summary>
    public ValueTask<IoResult> FTruncateAsync(
        Descriptor descriptor, long length, CancellationToken cancellation = default) =>
        SubmitAsync(new FTruncate(descriptor, length), cancellation);

    /// <summary>Tells what is known of an open file: see <see cref="FStat"/>.</summary>
    public ValueTask<IoResult> FStatAsync(Descriptor descriptor, CancellationToken cancellation = default) =>
        SubmitAsync(new FStat(descriptor), cancellation);

    /// <summary>Waits for a connection: see <see cref="Accept"/>.</summary>
    public ValueTask<IoResult> AcceptAsync(Descriptor listener, CancellationToken cancellation = default) =>
        SubmitAsync(new Accept(listener), cancellation);

    /// <summary>Receives from a socket: see <see cref="Recv"/>.</summary>
    public ValueTask<IoResult> RecvAsync(
        Descriptor socket,
        Memory<byte> buffer,
        SocketMessageFlags flags = SocketMessageFlags.None,
        CancellationToken cancellation = default) => SubmitAsync(new Recv(socket, buffer, flags), cancellation);

    /// <summary>Sends on a socket: see <see cref="Send"/>.</summary>
    public ValueTask<IoResult> SendAsync(
        Descriptor socket,
        ReadOnlyMemory<byte> buffer,
        SocketMessageFlags flags = SocketMessageFlags.None,
        CancellationToken cancellation = default) => SubmitAsync(new Send(socket, buffer, flags), cancellation);

    /// <summary>Submits what has been prepared, now: see <see cref="Flush"/>.</summary>
    public ValueTask<IoResult> FlushAsync(CancellationToken cancellation = default) =>
        SubmitAsync(new Flush(), cancellation);

    /// <summary>Asks that an operation end soon: see <see cref="Cancel"/>.</summary>
    public ValueTask<IoResult> CancelAsync(IoOperation operation, CancellationToken cancellation = default) =>
        SubmitAsync(new Cancel(operation), cancellation);

    /// <summary>What the backend is and how it fares: see <see cref="GetInfo"/>.</summary>
    /// <exception cref="IoException">The backend has stopped.</exception>
    public async ValueTask<BackendInfo> GetInfoAsync(CancellationToken cancellation = default) =>
        (await SubmitAsync(new GetInfo(), cancellation).ConfigureAwait(false)).ThrowIfFailed().Info;
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Client;
using Akka.IoActors.Loop;

namespace Akka.IoActors;

/// <summary>
/// A backend as awaitable methods: one a operation, each answered by an <see cref="IoResult"/>, never by an
/// exception (<see cref="IoResult.GetValueOrThrow"/> throws). Callable from any thread and any actor.
/// </summary>
/// <remarks>
/// A cancelled token sends <see cref="Cancel"/>; the task still completes with the operation's one reply, since
/// the buffer is the backend's until then. Each ValueTask is to be awaited once. Continuations run on the thread
/// pool, or where the caller's context wants them, never on the loop; those of <see cref="IoLoop.Client"/> do.
/// </remarks>
public sealed class IoClient
{
    private readonly IoPromisePool _promises;
    private readonly InlineReads? _inline;
    private readonly Lazy<IoClient> _inlining;

    /// <summary>Makes a client of a backend.</summary>
    /// <param name="system">The actor system of the backend.</param>
    /// <param name="backend">The backend.</param>
    /// <param name="inlineCachedReads">
    /// Whether a PRead that the page cache can serve completes at once, on the caller's thread:
    /// <c>io-actors.client.inline-cached-reads</c>.
    /// </param>
    public IoClient(ActorSystem system, IActorRef backend, bool inlineCachedReads = false)
        : this(system, backend, inlineCachedReads, continueOnLoop: false)
    {
    }

    internal IoClient(ActorSystem system, IActorRef backend, bool inlineCachedReads, bool continueOnLoop)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(backend);
        Backend = backend;
        _inline = inlineCachedReads ? new InlineReads() : null;
        _promises = new IoPromisePool(((ExtendedActorSystem)system).Provider, _inline, continueOnLoop);
        _inlining = new Lazy<IoClient>(() => inlineCachedReads ? this : new IoClient(system, backend, inlineCachedReads: true, continueOnLoop));
    }

    /// <summary>The backend.</summary>
    public IActorRef Backend { get; }

    /// <summary>
    /// A client of the same backend whose <see cref="PReadAsync"/> completes at once, on the caller's thread, if the page cache has what is
    /// wanted; this one, if it is such a client. It keeps its reads behind the changes of a file that are sent by it, not those sent by others.
    /// </summary>
    public IoClient InlineCachedReads => _inlining.Value;

    /// <summary>Sends any operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="cancellation">Ends it early, if it can be ended.</param>
    public ValueTask<IoResult> SubmitAsync(IoOperation operation, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (_inline is { } inline && operation is PRead { Callback: null } read
            && inline.TryRead(read.Target!, read.Buffer.Span, read.Offset))
        {
            return new ValueTask<IoResult>(new IoResult(read, read.Buffer.Length));
        }

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

    /// <summary>
    /// Reads at an offset if the page cache has all of it: at once, on this thread, without a message or an allocation. If
    /// not, <see cref="PReadAsync"/> is the way. False, always, unless <c>io-actors.client.inline-cached-reads</c> is on.
    /// </summary>
    /// <param name="descriptor">What to read from.</param>
    /// <param name="buffer">Where the bytes go; they are undefined if it is not filled.</param>
    /// <param name="offset">Where in the file, in bytes from its start.</param>
    /// <returns>Whether the buffer has been filled.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    public bool TryPRead(Descriptor descriptor, Span<byte> buffer, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return _inline is { } inline && inline.TryRead(descriptor.Target, buffer, offset);
    }

    /// <summary>Reads into several buffers: see <see cref="ReadV"/>.</summary>
    public ValueTask<IoResult> ReadVAsync(
        Descriptor descriptor, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellation = default) =>
        SubmitAsync(new ReadV(descriptor, buffers), cancellation);

    /// <summary>Writes several buffers: see <see cref="WriteV"/>.</summary>
    public ValueTask<IoResult> WriteVAsync(
        Descriptor descriptor, IReadOnlyList<ReadOnlyMemory<byte>> buffers, CancellationToken cancellation = default) =>
        SubmitAsync(new WriteV(descriptor, buffers), cancellation);

    /// <summary>Reads at an offset into several buffers: see <see cref="PReadV"/>.</summary>
    public ValueTask<IoResult> PReadVAsync(
        Descriptor descriptor,
        IReadOnlyList<Memory<byte>> buffers,
        long offset,
        CancellationToken cancellation = default) => SubmitAsync(new PReadV(descriptor, buffers, offset), cancellation);

    /// <summary>Writes several buffers at an offset: see <see cref="PWriteV"/>.</summary>
    public ValueTask<IoResult> PWriteVAsync(
        Descriptor descriptor,
        IReadOnlyList<ReadOnlyMemory<byte>> buffers,
        long offset,
        CancellationToken cancellation = default) => SubmitAsync(new PWriteV(descriptor, buffers, offset), cancellation);

    /// <summary>Moves the file position: see <see cref="LSeek"/>.</summary>
    public ValueTask<IoResult> LSeekAsync(
        Descriptor descriptor,
        long offset,
        SeekWhence whence = SeekWhence.Set,
        CancellationToken cancellation = default) => SubmitAsync(new LSeek(descriptor, offset, whence), cancellation);

    /// <summary>Moves bytes of a file to a socket, pipe or file: see <see cref="SendFile"/>.</summary>
    public ValueTask<IoResult> SendFileAsync(
        Descriptor output, Descriptor input, long offset, long count, CancellationToken cancellation = default) =>
        SubmitAsync(new SendFile(output, input, offset, count), cancellation);

    /// <summary>Copies a range of a file into another: see <see cref="CopyRange"/>.</summary>
    public ValueTask<IoResult> CopyRangeAsync(
        Descriptor input,
        long inputOffset,
        Descriptor output,
        long outputOffset,
        long count,
        CancellationToken cancellation = default) =>
        SubmitAsync(new CopyRange(input, inputOffset, output, outputOffset, count), cancellation);

    /// <summary>Brings the bytes that were written to the device: see <see cref="FDataSync"/>.</summary>
    public ValueTask<IoResult> FDataSyncAsync(Descriptor descriptor, CancellationToken cancellation = default) =>
        SubmitAsync(new FDataSync(descriptor), cancellation);

    /// <summary>Takes in what has completed: see <see cref="Poll"/>.</summary>
    public ValueTask<IoResult> PollAsync(TimeSpan timeout, CancellationToken cancellation = default) =>
        SubmitAsync(new Poll(timeout), cancellation);

    /// <summary>
    /// Reads at an offset until the buffer is full, the file ends, or an error stands in the way.
    /// </summary>
    /// <returns>How far it got, and why it ended.</returns>
    public ValueTask<IoTransfer> ReadExactlyAsync(
        Descriptor descriptor, Memory<byte> buffer, long offset, CancellationToken cancellation = default) =>
        Repeat(buffer.Length, done => PReadAsync(descriptor, buffer[done..], offset + done, cancellation));

    /// <summary>
    /// Reads from a stream, or at the file position, until the buffer is full, the stream ends, or an error stands
    /// in the way. Others must not read from it meanwhile.
    /// </summary>
    /// <returns>How far it got, and why it ended.</returns>
    public ValueTask<IoTransfer> ReadExactlyAsync(
        Descriptor descriptor, Memory<byte> buffer, CancellationToken cancellation = default) =>
        Repeat(buffer.Length, done => ReadAsync(descriptor, buffer[done..], cancellation));

    /// <summary>Writes at an offset until the whole buffer is through, or an error stands in the way.</summary>
    /// <returns>How far it got, and why it ended.</returns>
    public ValueTask<IoTransfer> WriteAllAsync(
        Descriptor descriptor, ReadOnlyMemory<byte> buffer, long offset, CancellationToken cancellation = default) =>
        Repeat(buffer.Length, done => PWriteAsync(descriptor, buffer[done..], offset + done, cancellation));

    /// <summary>
    /// Writes to a stream, or at the file position, until the whole buffer is through, or an error stands in the
    /// way.
    /// </summary>
    /// <returns>How far it got, and why it ended.</returns>
    public ValueTask<IoTransfer> WriteAllAsync(
        Descriptor descriptor, ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default) =>
        Repeat(buffer.Length, done => WriteAsync(descriptor, buffer[done..], cancellation));

    /// <summary>Reads at an offset, for code that cannot await: see <see cref="PRead"/>.</summary>
    /// <exception cref="InvalidOperationException">The caller is on the loop's thread, which would wait for itself.</exception>
    public IoResult ReadBlocking(Descriptor descriptor, Memory<byte> buffer, long offset) =>
        SubmitBlocking(new PRead(descriptor, buffer, offset));

    /// <summary>Writes at an offset, for code that cannot await: see <see cref="PWrite"/>.</summary>
    /// <exception cref="InvalidOperationException">The caller is on the loop's thread, which would wait for itself.</exception>
    public IoResult WriteBlocking(Descriptor descriptor, ReadOnlyMemory<byte> buffer, long offset) =>
        SubmitBlocking(new PWrite(descriptor, buffer, offset));

    /// <summary>Brings what was written to the device, for code that cannot await: see <see cref="FSync"/>.</summary>
    /// <exception cref="InvalidOperationException">The caller is on the loop's thread, which would wait for itself.</exception>
    public IoResult FSyncBlocking(Descriptor descriptor) => SubmitBlocking(new FSync(descriptor));

    /// <summary>Cuts or grows a file, for code that cannot await: see <see cref="FTruncate"/>.</summary>
    /// <exception cref="InvalidOperationException">The caller is on the loop's thread, which would wait for itself.</exception>
    public IoResult FTruncateBlocking(Descriptor descriptor, long length) =>
        SubmitBlocking(new FTruncate(descriptor, length));

    /// <summary>Tells what is known of an open file, for code that cannot await: see <see cref="FStat"/>.</summary>
    /// <exception cref="InvalidOperationException">The caller is on the loop's thread, which would wait for itself.</exception>
    public IoResult FStatBlocking(Descriptor descriptor) => SubmitBlocking(new FStat(descriptor));

    /// <summary>Sends any operation and blocks until its reply, for code that cannot await.</summary>
    /// <exception cref="InvalidOperationException">The caller is on the loop's thread, which would wait for itself.</exception>
    public IoResult SubmitBlocking(IoOperation operation)
    {
        if (EventLoop.Current is not null)
        {
            throw new InvalidOperationException(
                $"{operation} would block the loop that carries it out: await it, or Tell it.");
        }

        return SubmitAsync(operation).AsTask().GetAwaiter().GetResult();
    }

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

    /// <summary>Opens a file whose path starts at an open directory, and need not leave it: see <see cref="Open"/>.</summary>
    public ValueTask<IoResult> OpenAsync(
        Descriptor directory,
        string path,
        OpenFlags flags = OpenFlags.ReadOnly,
        UnixFileMode mode = Open.DefaultMode,
        ResolveFlags resolve = ResolveFlags.None,
        CancellationToken cancellation = default) =>
        SubmitAsync(new Open(directory, path, flags, mode, resolve), cancellation);

    /// <summary>Tells what is known of a file by its name: see <see cref="Stat"/>.</summary>
    public ValueTask<IoResult> StatAsync(string path, bool follow = true, CancellationToken cancellation = default) =>
        SubmitAsync(new Stat(path, follow), cancellation);

    /// <summary>Gives a file another name: see <see cref="Rename"/>.</summary>
    public ValueTask<IoResult> RenameAsync(
        string path, string newPath, RenameFlags flags = RenameFlags.None, CancellationToken cancellation = default) =>
        SubmitAsync(new Rename(path, newPath, flags), cancellation);

    /// <summary>Removes a name of a file: see <see cref="Unlink"/>.</summary>
    public ValueTask<IoResult> UnlinkAsync(string path, CancellationToken cancellation = default) =>
        SubmitAsync(new Unlink(path), cancellation);

    /// <summary>Makes a directory: see <see cref="MkDir"/>.</summary>
    public ValueTask<IoResult> MkDirAsync(
        string path, UnixFileMode mode = MkDir.DefaultMode, CancellationToken cancellation = default) =>
        SubmitAsync(new MkDir(path, mode), cancellation);

    /// <summary>Removes an empty directory: see <see cref="RmDir"/>.</summary>
    public ValueTask<IoResult> RmDirAsync(string path, CancellationToken cancellation = default) =>
        SubmitAsync(new RmDir(path), cancellation);

    /// <summary>Gives a file one more name: see <see cref="Link"/>.</summary>
    public ValueTask<IoResult> LinkAsync(string path, string newPath, CancellationToken cancellation = default) =>
        SubmitAsync(new Link(path, newPath), cancellation);

    /// <summary>Makes a symbolic link: see <see cref="Symlink"/>.</summary>
    public ValueTask<IoResult> SymlinkAsync(string target, string path, CancellationToken cancellation = default) =>
        SubmitAsync(new Symlink(target, path), cancellation);

    /// <summary>Tells what a symbolic link says: see <see cref="ReadLink"/>.</summary>
    public ValueTask<IoResult> ReadLinkAsync(string path, CancellationToken cancellation = default) =>
        SubmitAsync(new ReadLink(path), cancellation);

    /// <summary>Reads the next entries of an open directory: see <see cref="ReadDirectory"/>.</summary>
    public ValueTask<IoResult> ReadDirectoryAsync(Descriptor directory, CancellationToken cancellation = default) =>
        SubmitAsync(new ReadDirectory(directory), cancellation);

    /// <summary>Sees to the room of a range of a file: see <see cref="FAllocate"/>.</summary>
    public ValueTask<IoResult> FAllocateAsync(
        Descriptor descriptor,
        long offset,
        long length,
        FAllocateFlags flags = FAllocateFlags.None,
        CancellationToken cancellation = default) => SubmitAsync(new FAllocate(descriptor, offset, length, flags), cancellation);

    /// <summary>Tells how a range of a file will be used: see <see cref="FAdvise"/>.</summary>
    public ValueTask<IoResult> FAdviseAsync(
        Descriptor descriptor,
        FileAdvice advice,
        long offset = 0,
        long length = 0,
        CancellationToken cancellation = default) => SubmitAsync(new FAdvise(descriptor, advice, offset, length), cancellation);

    /// <summary>Makes a socket: see <see cref="CreateSocket"/>.</summary>
    public ValueTask<IoResult> CreateSocketAsync(
        AddressFamily family, SocketType type = SocketType.Stream, CancellationToken cancellation = default) =>
        SubmitAsync(new CreateSocket(family, type), cancellation);

    /// <summary>Gives a socket its own address: see <see cref="Bind"/>.</summary>
    public ValueTask<IoResult> BindAsync(Descriptor socket, EndPoint address, CancellationToken cancellation = default) =>
        SubmitAsync(new Bind(socket, address), cancellation);

    /// <summary>Has a socket take connections: see <see cref="Listen"/>.</summary>
    public ValueTask<IoResult> ListenAsync(Descriptor socket, int backlog = 512, CancellationToken cancellation = default) =>
        SubmitAsync(new Listen(socket, backlog), cancellation);

    /// <summary>Connects a socket: see <see cref="Connect"/>.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="address">Where to.</param>
    /// <param name="timeout">How long it may take; as long as the kernel lets it if null.</param>
    /// <param name="cancellation">Ends it early.</param>
    public ValueTask<IoResult> ConnectAsync(
        Descriptor socket, EndPoint address, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        SubmitAsync(new Connect(socket, address) { Timeout = timeout }, cancellation);

    /// <summary>
    /// Has an actor get one result after the other of an <see cref="Accept"/> or a <see cref="RecvPooled"/>, as many as it
    /// asks for by <see cref="IoSubscription.Demand"/>.
    /// </summary>
    /// <param name="operation">What is done again and again; each result carries this message.</param>
    /// <param name="subscriber">Who gets the results.</param>
    /// <exception cref="ArgumentException">It is another operation, or one with a callback.</exception>
    public IoSubscription Subscribe(IoOperation operation, IActorRef subscriber)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(subscriber);
        return operation is Accept or RecvPooled && operation.Callback is null
            ? new IoSubscription(_promises.Provider, Backend, operation, subscriber)
            : throw new ArgumentException("An Accept or a RecvPooled without a callback is wanted.", nameof(operation));
    }

    /// <summary>Moves what there is from a pipe or to one, inside the kernel: see <see cref="Splice"/>.</summary>
    public ValueTask<IoResult> SpliceAsync(
        Descriptor output, Descriptor input, int count, CancellationToken cancellation = default) =>
        SubmitAsync(new Splice(output, input, count), cancellation);

    /// <summary>Lets a second pipe have what is in a first: see <see cref="Tee"/>.</summary>
    public ValueTask<IoResult> TeeAsync(
        Descriptor output, Descriptor input, int count, CancellationToken cancellation = default) =>
        SubmitAsync(new Tee(output, input, count), cancellation);

    /// <summary>Is answered after some time, a timer on the loop: see <see cref="Delay"/>.</summary>
    /// <param name="time">How long.</param>
    /// <param name="cancellation">Ends it early.</param>
    public ValueTask<IoResult> DelayAsync(TimeSpan time, CancellationToken cancellation = default) =>
        SubmitAsync(new Delay(time), cancellation);

    /// <summary>Ends one direction of a connection, or both: see <see cref="Shutdown"/>.</summary>
    public ValueTask<IoResult> ShutdownAsync(Descriptor socket, SocketShutdown how, CancellationToken cancellation = default) =>
        SubmitAsync(new Shutdown(socket, how), cancellation);

    /// <summary>Tells a socket's own address: see <see cref="GetSockName"/>.</summary>
    public ValueTask<IoResult> GetSockNameAsync(Descriptor socket, CancellationToken cancellation = default) =>
        SubmitAsync(new GetSockName(socket), cancellation);

    /// <summary>Tells the address of the other end: see <see cref="GetPeerName"/>.</summary>
    public ValueTask<IoResult> GetPeerNameAsync(Descriptor socket, CancellationToken cancellation = default) =>
        SubmitAsync(new GetPeerName(socket), cancellation);

    /// <summary>Sets an option of a socket: see <see cref="SetSockOpt"/>.</summary>
    public ValueTask<IoResult> SetSockOptAsync(
        Descriptor socket, SocketOption option, int value, CancellationToken cancellation = default) =>
        SubmitAsync(new SetSockOpt(socket, option, value), cancellation);

    /// <summary>Waits for a connection: see <see cref="Accept"/>.</summary>
    public ValueTask<IoResult> AcceptAsync(Descriptor listener, CancellationToken cancellation = default) =>
        SubmitAsync(new Accept(listener), cancellation);

    /// <summary>Receives from a socket into a buffer of the backend's: see <see cref="RecvPooled"/>.</summary>
    public ValueTask<IoResult> RecvPooledAsync(Descriptor socket, CancellationToken cancellation = default) =>
        SubmitAsync(new RecvPooled(socket), cancellation);

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

    /// <summary>Sends a datagram, or a message on a connected socket: see <see cref="SendMsg"/>.</summary>
    public ValueTask<IoResult> SendMsgAsync(
        Descriptor socket,
        ReadOnlyMemory<byte> buffer,
        EndPoint? to = null,
        SocketMessageFlags flags = SocketMessageFlags.None,
        CancellationToken cancellation = default) => SubmitAsync(new SendMsg(socket, buffer, to, flags), cancellation);

    /// <summary>Receives a datagram and who sent it, or bytes and descriptors: see <see cref="RecvMsg"/>.</summary>
    public ValueTask<IoResult> RecvMsgAsync(
        Descriptor socket,
        Memory<byte> buffer,
        int descriptors = 0,
        SocketMessageFlags flags = SocketMessageFlags.None,
        CancellationToken cancellation = default) => SubmitAsync(new RecvMsg(socket, buffer, descriptors, flags), cancellation);

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

    /// <summary>Goes on until everything is through, or a step moves nothing.</summary>
    private static async ValueTask<IoTransfer> Repeat(int length, Func<int, ValueTask<IoResult>> step)
    {
        var done = 0;
        while (done < length)
        {
            var result = await step(done).ConfigureAwait(false);
            if (result.Value <= 0)
            {
                return new IoTransfer(done, length, result.Error);
            }

            done += (int)result.Value;
        }

        return new IoTransfer(done, length, Errno.None);
    }
}

using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Akka.IoActors.AspNetCore;

/// <summary>A connection: what comes in goes into one pipe, what the application writes into the other goes out.</summary>
internal sealed partial class IoConnection : DefaultConnectionContext, IMemoryPoolFeature
{
    /// <summary>No receive has less room than this.</summary>
    private const int LeastRoom = 2048;

    private static long s_last;

    private readonly IoClient _client;
    private readonly SafeSocketHandle _socket;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _closed = new();
    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly Duplex _original;

    /// <summary>What the application ended the connection for. Any thread; exchanged once.</summary>
    private ConnectionAbortedException? _abort;

    /// <summary>The send that is under way, or the last one. Written by <see cref="Send"/>, read by whoever aborts.</summary>
    private volatile IoOperation? _send;

    private Task _receiving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;

    internal IoConnection(
        IoClient client,
        SafeSocketHandle socket,
        MemoryPool<byte> pool,
        PipeOptions input,
        PipeOptions output,
        EndPoint? local,
        EndPoint? peer,
        ILogger log)
        : base(FormattableString.Invariant($"io-{Interlocked.Increment(ref s_last)}"))
    {
        _client = client;
        _socket = socket;
        _log = log;
        MemoryPool = pool;
        _input = new Pipe(input);
        _output = new Pipe(output);
        Transport = _original = new Duplex(_input.Reader, _output.Writer);
        Application = new Duplex(_output.Reader, _input.Writer);
        LocalEndPoint = local;
        RemoteEndPoint = peer;
        ConnectionClosed = _closed.Token;
        Features.Set<IMemoryPoolFeature>(this);
    }

    /// <inheritdoc/>
    public MemoryPool<byte> MemoryPool { get; }

    /// <summary>Begins to receive and to send.</summary>
    internal void Start()
    {
        _receiving = Receive();
        _sending = Send();
    }

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Interlocked.CompareExchange(ref _abort, abortReason, null) is null)
        {
            // Ends the receive that waits, and the send that the peer does not take: an end of sending would wait for that.
            _client.Backend.Tell(new Shutdown(_socket, SocketShutdown.Receive), ActorRefs.NoSender);
            CancelSend();
            _output.Reader.CancelPendingRead();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _original.Input.CompleteAsync().ConfigureAwait(false);
        await _original.Output.CompleteAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);

        // Nobody reads any more: a receive that still waits for the peer need not.
        if (!_receiving.IsCompleted)
        {
            _ = await _client.ShutdownAsync(_socket, SocketShutdown.Both).ConfigureAwait(false);
            await _receiving.ConfigureAwait(false);
        }

        if (_abort is not null)
        {
            // A peer that must not take what it got for the whole: it is told by a reset.
            _ = await _client.SubmitAsync(new SetSockOpt(_socket, SocketOption.Linger, s_resets)).ConfigureAwait(false);
        }

        var closed = await _client.CloseAsync(_socket).ConfigureAwait(false);
        if (!closed.IsSuccess)
        {
            LogNotClosed(ConnectionId, closed);
        }

        await base.DisposeAsync().ConfigureAwait(false);
        _closed.Dispose();
    }

    private void CancelSend()
    {
        if (_send is { } send)
        {
            _client.Backend.Tell(new Cancel(send), ActorRefs.NoSender);
        }
    }

    private async Task Receive()
    {
        Exception? error = null;
        try
        {
            while (true)
            {
                // Whatever io-actors.operation-timeout says of others: how long a peer may be quiet or slow is Kestrel's to decide.
                var recv = new Recv(_socket, _input.Writer.GetMemory(LeastRoom)) { Timeout = Timeout.InfiniteTimeSpan };
                var result = await _client.SubmitAsync(recv).ConfigureAwait(false);
                if (result.Error != Errno.None)
                {
                    error = _abort ?? Failed(result);
                    break;
                }

                if (result.Value == 0)
                {
                    error = _abort;
                    break;
                }

                _input.Writer.Advance((int)result.Value);
                var flushed = await _input.Writer.FlushAsync().ConfigureAwait(false);
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    break;
                }
            }
        }
        finally
        {
            await _input.Writer.CompleteAsync(error).ConfigureAwait(false);
            ThreadPool.UnsafeQueueUserWorkItem(static closed => Cancel(closed), _closed, preferLocal: false);
        }
    }

    private async Task Send()
    {
        Exception? unexpected = null;
        try
        {
            while (true)
            {
                var read = await _output.Reader.ReadAsync().ConfigureAwait(false);
                if (read.IsCanceled)
                {
                    break;
                }

                if (!read.Buffer.IsEmpty)
                {
                    IoOperation send = read.Buffer.IsSingleSegment
                        ? new Send(_socket, read.Buffer.First) { Timeout = Timeout.InfiniteTimeSpan }
                        : new SendMsg(_socket, Segments(read.Buffer), to: null, descriptors: []) { Timeout = Timeout.InfiniteTimeSpan };
                    _send = send;
                    var sent = _client.SubmitAsync(send);

                    // Pairs with the exchange in Abort: either it sees this send, or we see that it has been. It may have asked for the end of
                    // the send before the backend had it: then again.
                    Interlocked.MemoryBarrier();
                    if (_abort is not null)
                    {
                        CancelSend();
                    }

                    var result = await sent.ConfigureAwait(false);
                    if (result.Error != Errno.None)
                    {
                        // A peer that has gone is no mistake of the writer's: what is written then goes nowhere, and the input tells why.
                        unexpected = _abort is null && Failed(result) is IoException other ? other : null;
                        break;
                    }

                    // Fewer than all, if an error stood in the way: the next send brings it.
                    _output.Reader.AdvanceTo(read.Buffer.GetPosition(result.Value));
                }
                else
                {
                    _output.Reader.AdvanceTo(read.Buffer.End);
                }

                if (read.IsCompleted && read.Buffer.IsEmpty)
                {
                    break;
                }
            }
        }
        finally
        {
            // The end of what is sent is the end of the connection, as with Kestrel's own transport.
            _ = await _client.ShutdownAsync(_socket, SocketShutdown.Both).ConfigureAwait(false);
            await _output.Reader.CompleteAsync(unexpected).ConfigureAwait(false);
            _input.Writer.CancelPendingFlush();
        }
    }

    private static readonly byte[] s_resets = [1, 0, 0, 0, 0, 0, 0, 0];

    private static List<ReadOnlyMemory<byte>> Segments(in ReadOnlySequence<byte> buffer)
    {
        var segments = new List<ReadOnlyMemory<byte>>();
        foreach (var segment in buffer)
        {
            // No call takes more: the rest is sent next.
            if (segments.Count == MostSegments)
            {
                break;
            }

            segments.Add(segment);
        }

        return segments;
    }

    private const int MostSegments = 1024;

    private static Exception Failed(IoResult result) => result.Error switch
    {
        Errno.ECONNRESET or Errno.EPIPE or Errno.ETIMEDOUT => new ConnectionResetException($"The peer has reset the connection ({result.Error.Name()}).", new IoException(result)),
        Errno.ECANCELED or Errno.ESHUTDOWN => new ConnectionAbortedException("The I/O service has stopped.", new IoException(result)),
        _ => new IoException(result),
    };

    private static void Cancel(CancellationTokenSource closed)
    {
        try
        {
            closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection has been disposed of: nobody is left to be told.
        }
    }

    [LoggerMessage(3, LogLevel.Debug, "{connection} was not closed well: {result}")]
    private partial void LogNotClosed(string connection, IoResult result);

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}

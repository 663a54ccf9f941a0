using System;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace Akka.IoActors.Remoting;

/// <summary>
/// A connection between two nodes, which carries frames: four bytes of length, and what Akka.Remote has made of a message. A large frame is
/// received into memory of its own and sent from where it is: neither is copied.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Its last act disposes of it.")]
internal sealed class IoAssociation : AssociationHandle
{
    private const int HeaderLength = 4;

    /// <summary>Room for small frames, and for what follows a large one.</summary>
    private const int BufferLength = 16 << 10;

    /// <summary>A frame of more bytes than this is sent from where it is.</summary>
    private const int SmallFrame = 2 << 10;

    /// <summary>The most that one call sends, but for its last frame.</summary>
    private const int BatchLength = 256 << 10;

    private readonly Wire _wire;
    private readonly TransportSettings _settings;
    private readonly ILoggingAdapter _log;

    /// <summary>Ends what is sent and received.</summary>
    private readonly CancellationTokenSource _abort = new();

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _receiving;

    /// <summary>What is to be sent. Any thread; taken by the sender.</summary>
    private readonly ConcurrentQueue<ByteString> _queue = new();

    /// <summary>The bytes in the queue and under way. Any thread; interlocked.</summary>
    private long _queued;

    /// <summary>1 while somebody sends: whoever changes it from 0 is the sender. It stays 1 once the connection has ended.</summary>
    private int _sending;

    /// <summary>Whether the connection ends when the queue is empty. Any thread.</summary>
    private volatile bool _isClosing;

    // The sender's alone.
    private readonly List<ReadOnlyMemory<byte>> _segments = [];
    private readonly byte[] _outgoing = new byte[BufferLength];

    internal IoAssociation(Address local, Address remote, Wire wire, TransportSettings settings, ILoggingAdapter log)
        : base(local, remote)
    {
        _wire = wire;
        _settings = settings;
        _log = log;
        _receiving = Receive();
    }

    /// <summary>Completes when the connection is closed.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Sends a frame after the others.</summary>
    /// <returns>False if too much waits to be sent, or the connection has ended.</returns>
    public override bool Write(ByteString payload)
    {
        if (_isClosing || Interlocked.Read(ref _queued) >= _settings.HighWater)
        {
            return false;
        }

        Interlocked.Add(ref _queued, payload.Length + HeaderLength);
        _queue.Enqueue(payload);
        StartSending();
        return true;
    }

    /// <inheritdoc/>
#pragma warning disable CS0672 // Akka.Remote calls the other one, which calls this.
    public override void Disassociate() => Close(_settings.ConnectTimeout);
#pragma warning restore CS0672

    /// <summary>Closes the connection once what waits has been sent, and after that time anyway.</summary>
    internal void Close(TimeSpan patience)
    {
        _isClosing = true;
        try
        {
            _abort.CancelAfter(patience);
        }
        catch (ObjectDisposedException)
        {
            // It has ended.
            return;
        }

        StartSending();
    }

    private void StartSending()
    {
        // Pairs with the exchange in Send: either the sender sees what has been put into the queue, or we see that it has gone.
        if (Interlocked.CompareExchange(ref _sending, 1, 0) == 0)
        {
            _ = Send();
        }
    }

    private async Task Send()
    {
        try
        {
            while (true)
            {
                var length = Gather();
                if (length > 0)
                {
                    await _wire.Send(_segments, _abort.Token).ConfigureAwait(false);
                    Interlocked.Add(ref _queued, -length);
                }
                else if (_isClosing)
                {
                    break;
                }
                else
                {
                    Interlocked.Exchange(ref _sending, 0);
                    if ((_queue.IsEmpty && !_isClosing) || Interlocked.CompareExchange(ref _sending, 1, 0) != 0)
                    {
                        return;
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever listens is told by the end of what is received.
            _log.Debug("{0} -> {1}: {2}", LocalAddress, RemoteAddress, e.Message);
        }

        await End().ConfigureAwait(false);
    }

    /// <summary>Takes from the queue what one call sends.</summary>
    /// <returns>How many bytes it is.</returns>
    private int Gather()
    {
        _segments.Clear();
        var length = 0;
        var (from, to) = (0, 0);
        while (length < BatchLength && to + HeaderLength + SmallFrame <= BufferLength && _queue.TryDequeue(out var frame))
        {
            WriteLength(_outgoing.AsSpan(to), frame.Length);
            to += HeaderLength;
            if (frame.Length <= SmallFrame)
            {
                frame.Span.CopyTo(_outgoing.AsSpan(to));
                to += frame.Length;
            }
            else
            {
                _segments.Add(_outgoing.AsMemory(from, to - from));
                _segments.Add(frame.Memory);
                from = to;
            }

            length += HeaderLength + frame.Length;
        }

        if (to > from)
        {
            _segments.Add(_outgoing.AsMemory(from, to - from));
        }

        return length;
    }

    private async Task Receive()
    {
        IHandleEventListener listener;
        try
        {
            listener = await ReadHandlerSource.Task.WaitAsync(_abort.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whoever comes to listen later hears that there is nothing.
            _ = ReadHandlerSource.Task.ContinueWith(
                static heard => heard.Result.Notify(new Disassociated(DisassociateInfo.Unknown)),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return;
        }

        var reason = DisassociateInfo.Unknown;
        try
        {
            await ReceiveFrames(listener).ConfigureAwait(false);
        }
        catch (IoException e) when (e.Error is Errno.ECONNRESET or Errno.ETIMEDOUT or Errno.ECANCELED or Errno.ESHUTDOWN)
        {
            _log.Info("{0} -> {1}: the connection has ended ({2}).", LocalAddress, RemoteAddress, e.Message);
            reason = DisassociateInfo.Shutdown;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // It was closed on this side.
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            _log.Warning("{0} -> {1}: the connection is closed: {2}", LocalAddress, RemoteAddress, e.Message);
        }

        listener.Notify(new Disassociated(reason));

        // What is still to be sent has nobody who takes it.
        Close(TimeSpan.Zero);
    }

    private async Task ReceiveFrames(IHandleEventListener listener)
    {
        var buffer = new byte[BufferLength];
        var (start, end) = (0, 0);
        while (true)
        {
            while (end - start >= HeaderLength && LengthAt(buffer.AsSpan(start)) is var length && end - start - HeaderLength >= length)
            {
                if (length > 0)
                {
                    listener.Notify(new InboundPayload(ByteString.CopyFrom(buffer.AsSpan(start + HeaderLength, length))));
                }

                start += HeaderLength + length;
            }

            var left = end - start;
            if (left >= HeaderLength && LengthAt(buffer.AsSpan(start)) is > BufferLength - HeaderLength and var large)
            {
                var frame = GC.AllocateUninitializedArray<byte>(large);
                buffer.AsSpan(start + HeaderLength, left - HeaderLength).CopyTo(frame);
                (start, end) = (0, await ReceiveRest(frame, left - HeaderLength, buffer).ConfigureAwait(false));
                if (end < 0)
                {
                    return;
                }

                listener.Notify(new InboundPayload(UnsafeByteOperations.UnsafeWrap(frame)));
                continue;
            }

            buffer.AsSpan(start, left).CopyTo(buffer);
            var received = await _wire.Receive(buffer.AsMemory(left), default, _abort.Token).ConfigureAwait(false);
            if (received == 0)
            {
                return;
            }

            (start, end) = (0, left + received);
        }
    }

    /// <summary>Receives the rest of a large frame where it belongs, and what follows into the buffer.</summary>
    /// <returns>How many bytes are in the buffer; −1 at the end.</returns>
    private async ValueTask<int> ReceiveRest(byte[] frame, int filled, byte[] buffer)
    {
        while (filled < frame.Length)
        {
            var received = await _wire.Receive(frame.AsMemory(filled), buffer, _abort.Token).ConfigureAwait(false);
            if (received == 0)
            {
                return -1;
            }

            filled += received;
        }

        return filled - frame.Length;
    }

    /// <exception cref="InvalidDataException">No frame is so long.</exception>
    private int LengthAt(ReadOnlySpan<byte> header)
    {
        var length = _settings.IsBigEndian ? BinaryPrimitives.ReadInt32BigEndian(header) : BinaryPrimitives.ReadInt32LittleEndian(header);
        return length >= 0 && length <= _settings.MaxFrame
            ? length
            : throw new InvalidDataException($"a frame of {(uint)length} bytes has come, where maximum-frame-size is {_settings.MaxFrame}.");
    }

    private void WriteLength(Span<byte> header, int length)
    {
        if (_settings.IsBigEndian)
        {
            BinaryPrimitives.WriteInt32BigEndian(header, length);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(header, length);
        }
    }

    /// <summary>Closes the connection. The sender's last act.</summary>
    private async Task End()
    {
        _isClosing = true;
        _queue.Clear();
        await _abort.CancelAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        try
        {
            await _wire.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            _log.Debug("{0} -> {1} was not closed well: {2}", LocalAddress, RemoteAddress, e.Message);
        }

        _abort.Dispose();
        _ended.SetResult();
    }
}

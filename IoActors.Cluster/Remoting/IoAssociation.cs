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
using Akka.IoActors.Operations;
using Akka.Remote.Transport;
using Google.Protobuf;
using Bytes = Akka.IO.ByteString;

namespace Akka.IoActors.Remoting;

/// <summary>
/// A connection between two nodes, which carries frames: four bytes of length, and what Akka.Remote has made of a message. A large frame is
/// received into memory of its own and sent from where it is: neither is copied. Between nodes that have agreed on it, what goes beside a
/// message (<see cref="Attachments"/>) is a frame before it, whose length has its highest bit set: an id of 16 bytes, and the bytes.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Its last act disposes of it.")]
internal sealed class IoAssociation : AssociationHandle
{
    private const int HeaderLength = 4;

    /// <summary>In the length of a frame: it goes beside the next.</summary>
    private const uint IsAttachment = 1u << 31;

    /// <summary>Room for small frames, and for what follows a large one.</summary>
    private const int BufferLength = 16 << 10;

    /// <summary>A frame of more bytes than this is sent from where it is.</summary>
    private const int SmallFrame = 2 << 10;

    /// <summary>The most that one call sends, but for its last frame.</summary>
    private const int BatchLength = 256 << 10;

    /// <summary>From so many parts on a call sends no further frame; the kernel takes 1,024.</summary>
    private const int BatchSegments = 256;

    /// <summary>Bytes that are in more buffers than this are sent from one.</summary>
    private const int MostBuffers = 64;

    private readonly Wire _wire;
    private readonly TransportSettings _settings;
    private readonly Attachments _attachments;
    private readonly Attachments.Incoming _attached = new();
    private readonly ILoggingAdapter _log;

    /// <summary>Ends what is sent and received.</summary>
    private readonly CancellationTokenSource _abort = new();

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _receiving;

    /// <summary>What is to be sent. Any thread; taken by the sender.</summary>
    private readonly ConcurrentQueue<Frame> _queue = new();

    /// <summary>The bytes in the queue and under way. Any thread; interlocked.</summary>
    private long _queued;

    /// <summary>1 while somebody sends: whoever changes it from 0 is the sender. It stays 1 once the connection has ended.</summary>
    private int _sending;

    /// <summary>Whether the connection ends when the queue is empty. Any thread.</summary>
    private volatile bool _isClosing;

    // The sender's alone.
    private readonly List<ReadOnlyMemory<byte>> _segments = [];
    private readonly byte[] _outgoing = new byte[BufferLength];

    internal IoAssociation(Address local, Address remote, Wire wire, TransportSettings settings, Attachments attachments, ILoggingAdapter log)
        : base(local, remote)
    {
        _attachments = attachments;
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

        if (_attachments.TryTakeFor(payload.Span, out var id, out var bytes))
        {
            Enqueue(new Frame(null, id, ByteBuffers.Of(bytes, MostBuffers), bytes.Count));
        }

        Enqueue(new Frame(payload, default, [], payload.Length));
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

    private void Enqueue(Frame frame)
    {
        Interlocked.Add(ref _queued, frame.Length);
        _queue.Enqueue(frame);
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
        catch (Exception e)
        {
            // Whatever it is: the connection ends, and whoever listens is told by the end of what is received.
            var isExpected = e is IOException or OperationCanceledException or ObjectDisposedException;
            _log.Log(isExpected ? LogLevel.DebugLevel : LogLevel.ErrorLevel, e, "{0} -> {1}: sending has ended.", LocalAddress, RemoteAddress);
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
        while (length < BatchLength
            && _segments.Count < BatchSegments
            && BufferLength - to >= HeaderLength + SmallFrame
            && _queue.TryDequeue(out var frame))
        {
            length += frame.Length;
            if (frame.Payload is not { } payload)
            {
                WriteLength(_outgoing.AsSpan(to), IsAttachment | (uint)(Attachments.IdLength + frame.Count));
                frame.Id.TryWriteBytes(_outgoing.AsSpan(to + HeaderLength));
                to += HeaderLength + Attachments.IdLength;
                _segments.Add(_outgoing.AsMemory(from, to - from));
                from = to;
                _segments.AddRange(frame.Attachment);
                continue;
            }

            WriteLength(_outgoing.AsSpan(to), (uint)payload.Length);
            to += HeaderLength;
            if (payload.Length <= SmallFrame)
            {
                payload.Span.CopyTo(_outgoing.AsSpan(to));
                to += payload.Length;
            }
            else
            {
                _segments.Add(_outgoing.AsMemory(from, to - from));
                _segments.Add(payload.Memory);
                from = to;
            }
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
        catch (Exception e)
        {
            _log.Error(e, "{0} -> {1}: the connection is closed, for a reason that was not thought of.", LocalAddress, RemoteAddress);
        }

        listener.Notify(new Disassociated(reason));

        // What is still to be sent has nobody who takes it.
        Close(TimeSpan.Zero);
    }

    private async Task ReceiveFrames(IHandleEventListener listener)
    {
        var buffer = new byte[BufferLength];
        var buffers = new List<Memory<byte>>();
        var (start, end) = (0, 0);
        while (true)
        {
            var left = end - start;
            var (isAttachment, length) = left >= HeaderLength ? LengthAt(buffer.AsSpan(start)) : (false, 0);
            var head = HeaderLength + (isAttachment ? Attachments.IdLength : 0);
            if (left < head || (!isAttachment && left < head + length && head + length <= BufferLength))
            {
                buffer.AsSpan(start, left).CopyTo(buffer);
                buffers.Clear();
                buffers.Add(buffer.AsMemory(left));
                var received = await _wire.Receive(buffers, _abort.Token).ConfigureAwait(false);
                if (received == 0)
                {
                    return;
                }

                (start, end) = (0, left + received);
            }
            else if (left >= head + length && !isAttachment)
            {
                if (length > 0)
                {
                    listener.Notify(new InboundPayload(ByteString.CopyFrom(buffer.AsSpan(start + head, length))));
                }

                start += head + length;
            }
            else
            {
                // Of an attachment the length is that of its bytes and id.
                var id = isAttachment ? new Guid(buffer.AsSpan(start + HeaderLength, Attachments.IdLength)) : default;
                var parts = isAttachment ? ByteArrays.Of(length - Attachments.IdLength, ByteArrays.Length) : ByteArrays.Of(length, length);
                start += head;
                start += Fill(parts, buffer.AsSpan(start, end - start), buffers);
                if (buffers.Count > 0)
                {
                    (start, end) = (0, await ReceiveRest(buffers, buffer).ConfigureAwait(false));
                    if (end < 0)
                    {
                        return;
                    }
                }

                Deliver(listener, isAttachment, id, parts);
            }
        }
    }

    private void Deliver(IHandleEventListener listener, bool isAttachment, Guid id, byte[][] parts)
    {
        if (!isAttachment)
        {
            listener.Notify(new InboundPayload(UnsafeByteOperations.UnsafeWrap(parts[0])));
        }
        else if (!_attachments.Arrived(id, Bytes.FromBytes(Array.ConvertAll(parts, part => new ArraySegment<byte>(part))), _attached))
        {
            throw new InvalidDataException("what came beside messages waits for them in vain.");
        }
    }

    /// <summary>Puts what is there where it belongs.</summary>
    /// <param name="parts">Where to.</param>
    /// <param name="there">What is there, and perhaps more.</param>
    /// <param name="rest">Gets what is not filled.</param>
    /// <returns>How many bytes were taken.</returns>
    private static int Fill(byte[][] parts, ReadOnlySpan<byte> there, List<Memory<byte>> rest)
    {
        rest.Clear();
        var taken = 0;
        foreach (var part in parts)
        {
            var count = Math.Min(part.Length, there.Length - taken);
            there.Slice(taken, count).CopyTo(part);
            taken += count;
            if (count < part.Length)
            {
                rest.Add(part.AsMemory(count));
            }
        }

        return taken;
    }

    /// <summary>Receives the rest of a frame where it belongs, and what follows into the buffer.</summary>
    /// <returns>How many bytes are in the buffer; −1 at the end.</returns>
    private async ValueTask<int> ReceiveRest(List<Memory<byte>> rest, byte[] buffer)
    {
        rest.Add(buffer);
        while (true)
        {
            var received = await _wire.Receive(rest, _abort.Token).ConfigureAwait(false);
            if (received == 0)
            {
                return -1;
            }

            var whole = 0;
            for (; whole < rest.Count - 1 && received >= rest[whole].Length; whole++)
            {
                received -= rest[whole].Length;
            }

            rest.RemoveRange(0, whole);
            if (rest.Count == 1)
            {
                return received;
            }

            rest[0] = rest[0][received..];
        }
    }

    /// <exception cref="InvalidDataException">No frame is so long.</exception>
    private (bool IsAttachment, int Length) LengthAt(ReadOnlySpan<byte> header)
    {
        var length = _settings.IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(header) : BinaryPrimitives.ReadUInt32LittleEndian(header);
        var isAttachment = _attachments.IsSupported && (length & IsAttachment) != 0;
        return (isAttachment, length & ~IsAttachment) switch
        {
            (true, > Attachments.IdLength and <= Attachments.IdLength + Attachments.MaxLength and var beside) => (true, (int)beside),
            (false, _) when length <= _settings.MaxFrame => (false, (int)length),
            _ => throw new InvalidDataException($"a frame of {length} bytes has come, where maximum-frame-size is {_settings.MaxFrame}."),
        };
    }

    private void WriteLength(Span<byte> header, uint length)
    {
        if (_settings.IsBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header, length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header, length);
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

        _attachments.Forget(_attached);
        _abort.Dispose();
        _ended.SetResult();
    }

    /// <summary>What Akka.Remote has made of a message; or, without one, what goes beside the next.</summary>
    private readonly record struct Frame(ByteString? Payload, Guid Id, IReadOnlyList<ReadOnlyMemory<byte>> Attachment, int Count)
    {
        internal int Length => HeaderLength + (Payload is null ? Attachments.IdLength : 0) + Count;
    }
}

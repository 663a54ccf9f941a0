using System;
using System.Collections.Generic;
using System.Net;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Sends a message: a datagram to an address, or bytes with descriptors beside them on a Unix socket. MSG_NOSIGNAL is always set.
/// </summary>
/// <remarks>
/// The reply is the number of bytes taken: of a datagram all of them; of a stream maybe fewer, and the rest is the requester's to
/// send. Descriptors go with the first byte. −EMSGSIZE (larger than a datagram may be), −EDESTADDRREQ, −EISCONN, −ENOTCONN,
/// −ECONNREFUSED (of an earlier datagram), −EHOSTUNREACH, −ENETUNREACH, −EACCES, −ENOBUFS, −EPIPE, −EBADF, −ENOTSOCK, −ECANCELED;
/// −EAGAIN with <see cref="SocketMessageFlags.DontWait"/> only. Takes effect in the order in which it was sent, among the sends of
/// its descriptor. <c>sendmsg(2)</c>; <c>IORING_OP_SENDMSG</c>, since Linux 5.3.
/// </remarks>
public sealed class SendMsg : IoOperation
{
    private readonly ReadOnlyMemory<byte>[] _segments;
    private readonly ReadOnlyMemory<byte> _to;
    private readonly SafeHandle[] _descriptors;

    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">The bytes; not to be changed before the reply.</param>
    /// <param name="to">Where to: an IPEndPoint or UnixDomainSocketEndPoint; null on a connected socket.</param>
    /// <param name="flags">How to send.</param>
    /// <exception cref="ArgumentException">The flags are not those of send, or the address is a name to be resolved first.</exception>
    public SendMsg(
        Descriptor socket, ReadOnlyMemory<byte> buffer, EndPoint? to = null, SocketMessageFlags flags = SocketMessageFlags.None)
        : this(socket, [buffer], to, [], flags)
    {
    }

    /// <summary>Makes the message, of several buffers, and with descriptors.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffers">The bytes, in this order; not to be changed before the reply; at most 1,024 buffers.</param>
    /// <param name="to">Where to: an IPEndPoint or UnixDomainSocketEndPoint; null on a connected socket.</param>
    /// <param name="descriptors">
    /// What the receiver gets descriptors of, on a Unix socket; at most 253. They stay the sender's own, and open until the reply.
    /// </param>
    /// <param name="flags">How to send.</param>
    /// <exception cref="ArgumentException">
    /// The flags are not those of send, the address is a name to be resolved first, or there are too many descriptors.
    /// </exception>
    public SendMsg(
        Descriptor socket,
        IReadOnlyList<ReadOnlyMemory<byte>> buffers,
        EndPoint? to,
        IReadOnlyList<SafeHandle> descriptors,
        SocketMessageFlags flags = SocketMessageFlags.None)
        : base(socket.Target)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        ArgumentNullException.ThrowIfNull(descriptors);
        if (descriptors.Count > MessageHeader.MostDescriptors)
        {
            throw new ArgumentException($"A message carries at most {MessageHeader.MostDescriptors} descriptors.", nameof(descriptors));
        }

        if (to is not null && !SocketAddresses.TryWrite(to, out _to))
        {
            throw new ArgumentException($"{to} is no address of a socket: resolve names first.", nameof(to));
        }

        To = to;
        Flags = flags.Check(nameof(flags), SocketMessageFlags.ZeroCopy);
        _segments = [.. buffers];
        _descriptors = [.. descriptors];
    }

    /// <summary>The bytes to send, in this order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Buffers => _segments;

    /// <summary>Where to; null on a connected socket.</summary>
    public EndPoint? To { get; }

    /// <summary>How to send.</summary>
    public SocketMessageFlags Flags { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.SendMsg;

    internal override Errno WhenStopped => Errno.ESHUTDOWN;

    internal override OrderClass Order => OrderClass.Out;

    internal override bool IsQuick => IoVector.IsTooLong(_segments);

    internal override IReadOnlyList<ReadOnlyMemory<byte>> Segments => _segments;

    internal override long Requested => IoVector.BytesOf(_segments);

    internal override PollEvents Readiness => (Flags & SocketMessageFlags.DontWait) == 0 ? PollEvents.Out : PollEvents.None;

    internal override UringOpcode? Opcode => UringOpcode.SendMsg;

    internal override int Begin(OperationArguments arguments)
    {
        // The numbers of the descriptors, each referenced until the end.
        int[] numbers = _descriptors.Length == 0 ? [] : new int[_descriptors.Length];
        for (var n = 0; n < numbers.Length; n++)
        {
            var referenced = false;
            try
            {
                _descriptors[n].DangerousAddRef(ref referenced);
            }
            catch (ObjectDisposedException)
            {
                Release(n);
                return -(int)Errno.EBADF;
            }

            numbers[n] = (int)_descriptors[n].DangerousGetHandle();
        }

        arguments.State = numbers;
        MessageHeader.Lend(arguments, _segments.Length, _descriptors.Length);
        _to.Span.CopyTo(MessageHeader.Address(arguments));
        return 0;
    }

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        sqe.Set(UringOpcode.SendMsg, arguments.Fd, Fill(arguments), 1, 0, (uint)Flags | Sys.MessageNoSignal, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.SendMsg(arguments.Fd, Fill(arguments), (int)Flags | (int)Sys.MessageNoSignal);

    internal override long TryCall(OperationArguments arguments) => Sys.SendMsg(
        arguments.Fd, Fill(arguments), (int)(Flags | SocketMessageFlags.DontWait) | (int)Sys.MessageNoSignal);

    internal override void End(OperationArguments arguments)
    {
        if (arguments.State is not null)
        {
            Release(_descriptors.Length);
        }
    }

    private protected override string Details =>
        FormattableString.Invariant($"{Requested} bytes{(To is null ? "" : $" to {To}")}{(_descriptors.Length == 0 ? "" : $", {_descriptors.Length} descriptors")}");

    private nint Fill(OperationArguments arguments) =>
        MessageHeader.Fill(arguments, _segments, _to.Length, _descriptors.Length, arguments.State);

    private void Release(int count)
    {
        for (var n = 0; n < count; n++)
        {
            _descriptors[n].DangerousRelease();
        }
    }
}

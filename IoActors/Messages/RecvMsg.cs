using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors;

/// <summary>Receives a message: a datagram and who sent it, or bytes and the descriptors beside them.</summary>
/// <remarks>
/// The reply is the number of bytes; what else has come stands in <see cref="IoResult.Message"/>. 0 is the end of a stream, or an
/// empty datagram. −ECONNREFUSED (of an earlier datagram), −ENOTCONN, −ECONNRESET, −EBADF, −ENOTSOCK, −ECANCELED; −EAGAIN with
/// <see cref="SocketMessageFlags.DontWait"/> only. Takes effect in the order in which it was sent, among the receives of its
/// descriptor. <c>recvmsg(2)</c>; <c>IORING_OP_RECVMSG</c>, since Linux 5.3.
/// </remarks>
public sealed class RecvMsg : IoOperation
{
    // MSG_CMSG_CLOEXEC: no child inherits what is received.
    private const int CloseOnExec = 0x40000000;

    private readonly ReadOnlyMemory<byte>[] _segments;

    /// <summary>Makes the message.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Where to; its length is the most that is received.</param>
    /// <param name="descriptors">Room for so many descriptors, at most 253; more than have room are closed.</param>
    /// <param name="flags">How to receive.</param>
    /// <exception cref="ArgumentException">The flags are not those of recv.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is room for fewer than 0 descriptors, or more than 253.</exception>
    public RecvMsg(
        Descriptor socket, Memory<byte> buffer, int descriptors = 0, SocketMessageFlags flags = SocketMessageFlags.None)
        : this(socket, [buffer], descriptors, flags)
    {
    }

    /// <summary>Makes the message, for several buffers.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffers">Where to, in this order; at most 1,024.</param>
    /// <param name="descriptors">Room for so many descriptors, at most 253; more than have room are closed.</param>
    /// <param name="flags">How to receive.</param>
    /// <exception cref="ArgumentException">The flags are not those of recv.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is room for fewer than 0 descriptors, or more than 253.</exception>
    public RecvMsg(
        Descriptor socket,
        IReadOnlyList<Memory<byte>> buffers,
        int descriptors = 0,
        SocketMessageFlags flags = SocketMessageFlags.None)
        : base(socket.Target)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        ArgumentOutOfRangeException.ThrowIfNegative(descriptors);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors, MessageHeader.MostDescriptors);
        Buffers = [.. buffers];
        Descriptors = descriptors;
        Flags = flags.Check(nameof(flags), SocketMessageFlags.ZeroCopy);
        _segments = [.. buffers.Select(buffer => (ReadOnlyMemory<byte>)buffer)];
    }

    /// <summary>Where the bytes go, in this order.</summary>
    public IReadOnlyList<Memory<byte>> Buffers { get; }

    /// <summary>Room for so many descriptors.</summary>
    public int Descriptors { get; }

    /// <summary>How to receive.</summary>
    public SocketMessageFlags Flags { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.RecvMsg;

    internal override Errno WhenStopped => Errno.ESHUTDOWN;

    internal override OrderClass Order => OrderClass.In;

    internal override bool IsQuick => IoVector.IsTooLong(_segments);

    internal override IReadOnlyList<ReadOnlyMemory<byte>> Segments => _segments;

    internal override long Requested => IoVector.BytesOf(_segments);

    internal override PollEvents Readiness => (Flags & SocketMessageFlags.DontWait) == 0 ? PollEvents.In : PollEvents.None;

    internal override UringOpcode? Opcode => UringOpcode.RecvMsg;

    internal override int Begin(OperationArguments arguments)
    {
        MessageHeader.Lend(arguments, _segments.Length, Descriptors);
        return 0;
    }

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        sqe.Set(UringOpcode.RecvMsg, arguments.Fd, Fill(arguments), 1, 0, (uint)Flags | CloseOnExec, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.RecvMsg(arguments.Fd, Fill(arguments), (int)Flags | CloseOnExec);

    internal override long TryCall(OperationArguments arguments) => Sys.RecvMsg(
        arguments.Fd, Fill(arguments), (int)(Flags | SocketMessageFlags.DontWait) | CloseOnExec);

    internal override IoResult ToResult(OperationArguments arguments, long result) => result < 0
        ? new IoResult(this, result)
        : new MessageResult(
            this,
            result,
            new ReceivedMessage(
                MessageHeader.Sender(arguments), MessageHeader.TakeDescriptors(arguments), MessageHeader.Flags(arguments)));

    private protected override string Details => FormattableString.Invariant($"{Requested} bytes, room for {Descriptors} descriptors");

    private nint Fill(OperationArguments arguments) =>
        MessageHeader.Fill(arguments, _segments, SocketAddresses.StorageSize, Descriptors, []);
}

/// <summary>What has come with the bytes of a <see cref="RecvMsg"/>.</summary>
public sealed class ReceivedMessage
{
    private const int Truncated = 0x20;
    private const int AncillaryTruncated = 0x08;

    private readonly int _flags;

    internal ReceivedMessage(EndPoint? sender, IReadOnlyList<SafeFileHandle> descriptors, int flags)
    {
        Sender = sender;
        Descriptors = descriptors;
        _flags = flags;
    }

    /// <summary>Who sent it; null on a connected socket, and where .NET has no name for the family.</summary>
    public EndPoint? Sender { get; }

    /// <summary>The descriptors: the receiver's, who disposes of them. Those that nobody takes close themselves.</summary>
    public IReadOnlyList<SafeFileHandle> Descriptors { get; }

    /// <summary>Whether the datagram was longer than the buffers: the rest is lost (MSG_TRUNC).</summary>
    public bool IsTruncated => (_flags & Truncated) != 0;

    /// <summary>Whether there were more descriptors than had room: the others are closed (MSG_CTRUNC).</summary>
    public bool AreDescriptorsTruncated => (_flags & AncillaryTruncated) != 0;
}

/// <summary>The reply to a successful <see cref="RecvMsg"/>.</summary>
internal sealed class MessageResult(IoOperation operation, long result, ReceivedMessage message) : IoResult(operation, result)
{
    public override ReceivedMessage Message { get; } = message;

    internal override void Abandon()
    {
        foreach (var descriptor in Message.Descriptors)
        {
            descriptor.Dispose();
        }
    }
}

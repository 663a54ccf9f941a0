using System;

namespace Akka.IoActors;

/// <summary>Flags of <see cref="Recv"/> and <see cref="Send"/> (<c>MSG_*</c>, with the kernel's numbers).</summary>
[Flags]
public enum SocketMessageFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>MSG_OOB: urgent data.</summary>
    OutOfBand = 0x1,

    /// <summary>MSG_PEEK: leave what is received in the queue.</summary>
    Peek = 0x2,

    /// <summary>MSG_DONTROUTE: only to directly connected networks.</summary>
    DontRoute = 0x4,

    /// <summary>MSG_TRUNC: the true length of a datagram, even if it did not fit.</summary>
    Truncated = 0x20,

    /// <summary>MSG_DONTWAIT: −EAGAIN instead of a wait.</summary>
    DontWait = 0x40,

    /// <summary>MSG_EOR: the end of a record.</summary>
    EndOfRecord = 0x80,

    /// <summary>MSG_WAITALL: wait until the whole buffer is full.</summary>
    WaitAll = 0x100,

    /// <summary>MSG_CONFIRM: the neighbour is alive.</summary>
    Confirm = 0x800,

    /// <summary>MSG_MORE: more will follow, do not send a short packet yet.</summary>
    More = 0x8000,

    /// <summary>
    /// MSG_ZEROCOPY: send from the buffer itself, where the ring can (<c>IORING_OP_SEND_ZC</c>, since Linux 6.0); the reply comes when
    /// the kernel is done with the buffer, which for TCP is when the peer has acknowledged the bytes. Pays for large buffers and real
    /// network cards: on loopback the kernel copies all the same. Elsewhere it is an ordinary send. Of <see cref="Send"/> only.
    /// </summary>
    ZeroCopy = 0x4000000,
}

/// <summary>Checks <see cref="SocketMessageFlags"/>.</summary>
internal static class SocketMessageFlagsExtensions
{
    private const SocketMessageFlags All =
        SocketMessageFlags.OutOfBand | SocketMessageFlags.Peek | SocketMessageFlags.DontRoute
        | SocketMessageFlags.Truncated | SocketMessageFlags.DontWait | SocketMessageFlags.EndOfRecord
        | SocketMessageFlags.WaitAll | SocketMessageFlags.Confirm | SocketMessageFlags.More | SocketMessageFlags.ZeroCopy;

    /// <summary>Refuses what is no flag, and those that the operation does not know.</summary>
    internal static SocketMessageFlags Check(
        this SocketMessageFlags flags, string parameter, SocketMessageFlags unknown = SocketMessageFlags.None)
    {
        var wrong = flags & (~All | unknown);
        return wrong == 0
            ? flags
            : throw new ArgumentException(FormattableString.Invariant($"0x{(int)wrong:x} is no flag of this operation."), parameter);
    }
}

using System;
using System.Net;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>
/// A call on a socket that never waits: the loop makes it itself. It may overtake sends and receives that wait, and be
/// overtaken, but no Close.
/// </summary>
public abstract class SocketOperation : IoOperation
{
    private protected SocketOperation(Descriptor socket)
        : base(socket.Target)
    {
    }

    internal override OrderClass Order => OrderClass.Positional;

    internal override bool NeedsPosition => false;

    internal override bool IsQuick => true;

    /// <summary>The bytes of an address, as the kernel wants them.</summary>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    /// <exception cref="ArgumentException">It is a name that is to be resolved first, or of a family without bytes.</exception>
    private protected static ReadOnlyMemory<byte> ToBytes(EndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return SocketAddresses.TryWrite(address, out var bytes)
            ? bytes
            : throw new ArgumentException($"{address} is no address of a socket: resolve names first.", nameof(address));
    }
}

using System;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using Akka.IoActors.Native;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors;

/// <summary>
/// The reply to a successful <see cref="Open"/> or <see cref="Accept"/> (the law of no orphan): it owns the
/// new descriptor until somebody takes it, and closes it when nobody does.
/// </summary>
internal sealed class DescriptorResult : IoResult
{
    private readonly int _descriptor;
    private readonly EndPoint? _peer;

    // 1 once the descriptor is somebody's, or closed. Any thread; exchanged.
    private int _settled;

    // Who owns the descriptor, once somebody does. Any thread; exchanged.
    private SafeHandle? _handle;

    internal DescriptorResult(IoOperation operation, int descriptor, EndPoint? peer)
        : base(operation, descriptor)
    {
        _descriptor = descriptor;
        _peer = peer;
    }

    ~DescriptorResult() => Abandon();

    public override EndPoint? Peer => Operation is Accept ? _peer : base.Peer;

    public override SafeFileHandle Handle => Take(static fd => new SafeFileHandle(fd, ownsHandle: true));

    public override SafeSocketHandle SocketHandle => Take(static fd => new SafeSocketHandle(fd, ownsHandle: true));

    internal override void Abandon()
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            _ = Sys.Close(_descriptor);
        }
    }

    /// <summary>The one handle that owns the descriptor: two would close it twice, and the second time somebody else's.</summary>
    private T Take<T>(Func<nint, T> make)
        where T : SafeHandle
    {
        // Its number is taken first: nobody else closes it any more.
        var fd = (nint)Value;
        var handle = _handle;
        if (handle is null)
        {
            var made = make(fd);
            handle = Interlocked.CompareExchange(ref _handle, made, null);
            if (handle is null)
            {
                return made;
            }

            // Somebody else was faster.
            made.SetHandleAsInvalid();
        }

        return handle as T ?? throw new InvalidOperationException($"{this} has been taken over as a {handle.GetType().Name}.");
    }

    private protected override void Claim()
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            System.GC.SuppressFinalize(this);
        }
    }
}

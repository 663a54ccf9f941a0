using System.Net;
using System.Net.Sockets;
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

    internal DescriptorResult(IoOperation operation, int descriptor, EndPoint? peer)
        : base(operation, descriptor)
    {
        _descriptor = descriptor;
        _peer = peer;
    }

    ~DescriptorResult() => Abandon();

    public override EndPoint? Peer => Operation is Accept ? _peer : base.Peer;

    public override SafeFileHandle Handle => new((nint)Value, ownsHandle: true);

    public override SafeSocketHandle SocketHandle => new((nint)Value, ownsHandle: true);

    internal override void Abandon()
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            _ = Sys.Close(_descriptor);
        }
    }

    private protected override void Claim()
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            System.GC.SuppressFinalize(this);
        }
    }
}

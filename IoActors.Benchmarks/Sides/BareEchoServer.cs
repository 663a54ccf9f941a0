using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// An echo server that is one thread on a bare ring with provided buffers, to see what a feature of the kernel gives before
/// there is anything of ours on it: <c>multishot=1</c> has one receive serve a connection for good, <c>accepts=multishot</c> one
/// accept all connections, <c>zc=1</c> sends without copying.
/// </summary>
internal sealed class BareEchoServer : IEchoServer
{
    private const int Accepted = 1;
    private const int Received = 2;
    private const int Sent = 3;
    private const ushort Group = 7;

    // IORING_OP_SEND_ZC; IOSQE_BUFFER_SELECT; IORING_RECV_MULTISHOT, IORING_ACCEPT_MULTISHOT; IORING_CQE_F_BUFFER, _MORE and _NOTIF.
    private const UringOpcode SendZeroCopy = (UringOpcode)47;
    private const byte SelectBuffer = 1 << 5;
    private const ushort RecvMultishot = 1 << 1;
    private const ushort AcceptMultishot = 1;
    private const uint HasBuffer = 1;
    private const uint More = 2;
    private const uint Notification = 8;
    // MSG_NOSIGNAL, and MSG_WAITALL: the ring carries a short send on.
    private const uint SendFlags = 0x4000 | 0x100;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly bool _multishot;
    private readonly bool _zeroCopy;
    private readonly bool _multishotAccept;
    private readonly int _size;

    public BareEchoServer(SideSpec spec)
    {
        _multishot = spec.Is("multishot");
        _zeroCopy = spec.Is("zc");
        _multishotAccept = spec.Get("accepts") == "multishot";
        _size = int.Max(EchoLoad.ServerBuffer, spec.Number("size"));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _listener.NoDelay = true;
        new Thread(Serve) { IsBackground = true }.Start();
    }

    public EndPoint Address => _listener.LocalEndPoint!;

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Serve()
    {
        const int count = 1024;
        using var ring = Ring.Create(1024, 8192);
        using var provided = BufferRing.TryRegister(ring, Group, count)!;
        var buffers = Buffers.Make(count, _size);
        var addresses = buffers.Select(Buffers.AddressOf).ToArray();
        for (var id = 0; id < count; id++)
        {
            provided.Add(addresses[id], _size, (ushort)id);
        }

        var listener = (int)_listener.SafeHandle.DangerousGetHandle();
        Accept();
        while (true)
        {
            ring.SubmitAndWait(Timeout.InfiniteTimeSpan);
            while (ring.TryReap(out var completion))
            {
                var (kind, fd, id) = ((int)(completion.UserData >> 56), (int)(completion.UserData >> 16 & 0xffffff), (ushort)completion.UserData);
                switch (kind)
                {
                    case Accepted:
                        Receive(completion.Result);
                        if ((completion.Flags & More) == 0)
                        {
                            Accept();
                        }

                        break;
                    case Received when completion.Result > 0:
                        var chosen = (ushort)(completion.Flags >> 16);
                        ring.Next().Set(
                            _zeroCopy ? SendZeroCopy : UringOpcode.Send, fd, addresses[chosen], (uint)completion.Result, 0, SendFlags, User(Sent, fd, chosen));
                        if ((completion.Flags & More) == 0 && _multishot)
                        {
                            Receive(fd);
                        }

                        break;
                    case Received:
                        if ((completion.Flags & HasBuffer) != 0)
                        {
                            provided.Add(addresses[completion.Flags >> 16], _size, (ushort)(completion.Flags >> 16));
                        }

                        _ = Native.Sys.Close(fd);
                        break;
                    default:
                        // A send without copying has two completions, and the buffer is free with the second.
                        if ((completion.Flags & More) == 0)
                        {
                            provided.Add(addresses[id], _size, id);
                        }

                        if (!_multishot && (completion.Flags & Notification) == 0)
                        {
                            Receive(fd);
                        }

                        break;
                }

                if (ring.Unsubmitted > 900)
                {
                    ring.Submit();
                }
            }
        }

        void Accept()
        {
            ref var entry = ref ring.Next();
            entry.Set(UringOpcode.Accept, listener, 0, 0, 0, 0, User(Accepted, 0, 0));
            entry.IoPrio = _multishotAccept ? AcceptMultishot : (ushort)0;
        }

        void Receive(int fd)
        {
            ref var entry = ref ring.Next();
            entry.Set(UringOpcode.Recv, fd, 0, _multishot ? 0 : (uint)_size, 0, 0, User(Received, fd, 0));
            entry.Flags = SelectBuffer;
            entry.IoPrio = _multishot ? RecvMultishot : (ushort)0;
            entry.BufferIndex = Group;
        }
    }

    private static ulong User(int kind, int fd, ushort id) => (ulong)kind << 56 | (ulong)fd << 16 | id;
}

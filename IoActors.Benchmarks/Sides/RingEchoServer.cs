using System;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>An echo server of ours: an actor a connection, placed on the loop that owns its descriptor.</summary>
internal sealed class RingEchoServer : ServiceSide, IEchoServer
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RingEchoServer(SideSpec spec)
        : base(spec)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _listener.NoDelay = true;
        var ownBuffers = spec.Get("recv") == "own";
        System.ActorOf(Props.Create(() => new Listener(Io, _listener, ownBuffers)).OnLoop(Io.LoopOf(_listener)));
    }

    public EndPoint Address => _listener.LocalEndPoint!;

    public override Task<Sample> Run(TimeSpan time) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _listener.Dispose();
    }

    /// <summary>Keeps a few accepts in flight.</summary>
    private sealed class Listener : ActorBase
    {
        private readonly IoActorsExtension _io;
        private readonly Socket _listener;
        private readonly bool _ownBuffers;

        public Listener(IoActorsExtension io, Socket listener, bool ownBuffers)
        {
            _ownBuffers = ownBuffers;
            _io = io;
            _listener = listener;
        }

        protected override void PreStart()
        {
            for (var i = 0; i < 8; i++)
            {
                _io.Backend.Tell(new Accept(_listener), Self);
            }
        }

        protected override bool Receive(object message)
        {
            if (message is not IoResult result)
            {
                return false;
            }

            if (result.IsSuccess)
            {
                var fd = (int)result.Value;
                var loop = _io.LoopOf(fd);
                Context.ActorOf((_ownBuffers
                    ? Props.Create<OwnBufferConnection>(loop.Backend, fd)
                    : Props.Create<PooledConnection>(loop.Backend, fd)).OnLoop(loop));
            }

            _io.Backend.Tell(new Accept(_listener), Self);
            return true;
        }
    }

    /// <summary>One connection: what comes goes back.</summary>
    private abstract class EchoConnection(IActorRef backend, int fd) : ActorBase
    {
        protected int Fd => fd;

        protected override void PreStart() => backend.Tell(Receiving(), Self);

        protected override bool Receive(object message)
        {
            switch (message)
            {
                case IoResult { Operation: Recv or RecvPooled, Value: > 0 } received:
                    backend.Tell(new Send(fd, Received(received)), Self);
                    return true;
                case IoResult { Operation: Send, IsSuccess: true }:
                    Sent();
                    backend.Tell(Receiving(), Self);
                    return true;
                case IoResult:
                    backend.Tell(new Close(fd), ActorRefs.Nobody);
                    Context.Stop(Self);
                    return true;
                default:
                    return false;
            }
        }

        protected abstract IoOperation Receiving();

        protected abstract ReadOnlyMemory<byte> Received(IoResult result);

        protected abstract void Sent();
    }

    /// <summary>In the buffer of the backend's that it came in.</summary>
    private sealed class PooledConnection(IActorRef backend, int fd) : EchoConnection(backend, fd)
    {
        private IoBuffer? _buffer;

        protected override void PostStop() => _buffer?.Dispose();

        protected override IoOperation Receiving() => new RecvPooled(Fd);

        protected override ReadOnlyMemory<byte> Received(IoResult result) => (_buffer = result.Buffer).Memory;

        protected override void Sent() => _buffer!.Dispose();
    }

    /// <summary>In a buffer of its own.</summary>
    private sealed class OwnBufferConnection(IActorRef backend, int fd) : EchoConnection(backend, fd)
    {
        private readonly byte[] _buffer = new byte[EchoLoad.ServerBuffer];

        protected override IoOperation Receiving() => new Recv(Fd, _buffer);

        protected override ReadOnlyMemory<byte> Received(IoResult result) => _buffer.AsMemory(0, (int)result.Value);

        protected override void Sent()
        {
        }
    }
}

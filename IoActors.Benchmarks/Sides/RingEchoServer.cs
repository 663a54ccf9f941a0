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
                    : Props.Create<Connection>(loop.Backend, fd)).OnLoop(loop));
            }

            _io.Backend.Tell(new Accept(_listener), Self);
            return true;
        }
    }

    /// <summary>One connection: what comes goes back, in the buffer of the backend's that it came in.</summary>
    private sealed class Connection : ActorBase
    {
        private readonly IActorRef _backend;
        private readonly int _fd;
        private IoBuffer? _buffer;

        public Connection(IActorRef backend, int fd)
        {
            _backend = backend;
            _fd = fd;
        }

        protected override void PreStart() => _backend.Tell(new RecvPooled(_fd), Self);

        protected override void PostStop() => _buffer?.Dispose();

        protected override bool Receive(object message)
        {
            switch (message)
            {
                case IoResult { Operation: RecvPooled, Value: > 0 } received:
                    _buffer = received.Buffer;
                    _backend.Tell(new Send(_fd, _buffer.Memory), Self);
                    return true;
                case IoResult { Operation: Send, IsSuccess: true }:
                    _buffer!.Dispose();
                    _backend.Tell(new RecvPooled(_fd), Self);
                    return true;
                case IoResult:
                    _backend.Tell(new Close(_fd), ActorRefs.Nobody);
                    Context.Stop(Self);
                    return true;
                default:
                    return false;
            }
        }
    }

    /// <summary>The same with a buffer of its own.</summary>
    private sealed class OwnBufferConnection : ActorBase
    {
        private readonly IActorRef _backend;
        private readonly int _fd;
        private readonly byte[] _buffer = new byte[EchoLoad.ServerBuffer];

        public OwnBufferConnection(IActorRef backend, int fd)
        {
            _backend = backend;
            _fd = fd;
        }

        protected override void PreStart() => _backend.Tell(new Recv(_fd, _buffer), Self);

        protected override bool Receive(object message)
        {
            switch (message)
            {
                case IoResult { Operation: Recv, Value: > 0 and var received }:
                    _backend.Tell(new Send(_fd, _buffer.AsMemory(0, (int)received)), Self);
                    return true;
                case IoResult { Operation: Send, IsSuccess: true }:
                    _backend.Tell(new Recv(_fd, _buffer), Self);
                    return true;
                case IoResult:
                    _backend.Tell(new Close(_fd), ActorRefs.Nobody);
                    Context.Stop(Self);
                    return true;
                default:
                    return false;
            }
        }
    }
}

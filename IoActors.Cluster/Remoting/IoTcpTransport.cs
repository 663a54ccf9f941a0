using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.IoActors.Sockets;
using Akka.IoActors.Supervision;
using Akka.Remote;
using Akka.Remote.Transport;

namespace Akka.IoActors.Remoting;

/// <summary>
/// A transport of Akka.Remote on the I/O service: what nodes say to each other goes over io_uring. It takes the place of Akka's own (DotNetty)
/// by one line (<see cref="Hocon"/>), has its settings and its protocol, and so speaks to nodes that still have the other.
/// </summary>
/// <remarks>
/// Of <c>akka.remote.dot-netty.tcp</c> it has no use for <c>batching</c>, the worker pools, <c>write-buffer-low-water-mark</c>,
/// <c>enforce-ip-family</c> and <c>log-transport</c>. <c>write-buffer-high-water-mark</c> (16 MiB if 0) is how much may wait to be sent to a node
/// before Akka.Remote holds back.
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "It only links: nothing is to be disposed of.")]
public sealed class IoTcpTransport : Transport
{
    /// <summary>The line of a configuration that has Akka.Remote use this transport.</summary>
    public const string Hocon = "akka.remote.dot-netty.tcp.transport-class = \"Akka.IoActors.Remoting.IoTcpTransport, IoActors.Cluster\"";

    private readonly TransportSettings _settings;
    private readonly IoActorsExtension _io;
    private readonly Attachments _attachments;
    private readonly ILoggingAdapter _log;
    private readonly TaskCompletionSource<IAssociationEventListener> _listener = new();
    private readonly CancellationTokenSource _shutdown = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Those that have not ended. Any thread.</summary>
    private readonly ConcurrentDictionary<IoAssociation, bool> _associations = new(ReferenceEqualityComparer.Instance);

    /// <summary>What listens, once it does; written by <see cref="Listen"/> before anybody can connect.</summary>
    private SafeSocketHandle? _socket;

    private Task _accepting = Task.CompletedTask;

    /// <summary>1 once it shuts down. Any thread; exchanged.</summary>
    private int _isShutDown;

    /// <summary>Makes the transport, as Akka.Remote does.</summary>
    /// <param name="system">The actor system, whose I/O service it uses.</param>
    /// <param name="config">The section of the configuration that names this class.</param>
    /// <exception cref="ConfigurationException">A setting is wrong, or the certificate is missing.</exception>
    public IoTcpTransport(ActorSystem system, Config config)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(config);
        System = system;
        Config = config;
        _settings = TransportSettings.Of(system, config);
        _log = Logging.GetLogger(system, this);
        _io = system.IoActors();
        _attachments = Attachments.Of(system);
        _attachments.Support(system);
        SchemeIdentifier = _settings.Tls is null ? "tcp" : "ssl.tcp";
        MaximumPayloadBytes = _settings.MaxFrame;

        // The loops stop after the last association, not before.
        var guard = ((ExtendedActorSystem)system).SystemActorOf(
            Props.Create(() => new TransportGuard(this)), $"io-actors-transport-{Interlocked.Increment(ref s_last)}");
        _io.Supervisor.Tell(new IoSupervisor.Serve(guard));
    }

    private static int s_last;

    /// <summary>Completes when the transport has shut down.</summary>
    internal Task Ended => _ended.Task;

    /// <inheritdoc/>
    public override bool IsResponsibleFor(Address remote) => true;

    /// <inheritdoc/>
    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        try
        {
            var (socket, bound) = await Bind().ConfigureAwait(false);
            _socket = socket;
            _accepting = Accept(socket);
            return (new Address(SchemeIdentifier, System.Name, HostOf(_settings.PublicHost), _settings.PublicPort ?? bound.Port), _listener);
        }
        catch (Exception e)
        {
            await Shutdown().ConfigureAwait(false);
            throw new RemoteTransportException($"Cannot listen on {_settings.Host}:{_settings.Port}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        ArgumentNullException.ThrowIfNull(remoteAddress);
        if (remoteAddress.Port is not { } port)
        {
            throw new InvalidAssociationException($"{remoteAddress} has no port.");
        }

        using var time = CancellationTokenSource.CreateLinkedTokenSource(_shutdown.Token);
        time.CancelAfter(_settings.ConnectTimeout);
        try
        {
            var socket = await Connect(remoteAddress.Host, port, time.Token).ConfigureAwait(false);
            return await Open(
                socket, remoteAddress, (stream, tls) => TlsWire.Connect(stream, tls, remoteAddress.Host, _log, time.Token)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException or AskTimeoutException)
        {
            var why = _shutdown.IsCancellationRequested ? "the transport has shut down"
                : time.IsCancellationRequested ? $"no answer within {_settings.ConnectTimeout}"
                : e.Message;
            throw new InvalidAssociationException($"No connection to {remoteAddress}: {why}.", e);
        }
    }

    /// <summary>Sends what waits to be sent, for as long as <c>akka.remote.flush-wait-on-shutdown</c>, and closes all connections.</summary>
    public override async Task<bool> Shutdown()
    {
        if (Interlocked.Exchange(ref _isShutDown, 1) != 0)
        {
            await Ended.ConfigureAwait(false);
            return true;
        }

        await _shutdown.CancelAsync().ConfigureAwait(false);
        _listener.TrySetCanceled();
        if (_socket is { } socket)
        {
            // Ends the accept that waits.
            _ = await _io.LoopOf(socket).Client.CloseAsync(socket).ConfigureAwait(false);
        }

        await _accepting.ConfigureAwait(false);
        var flush = System.Settings.Config.GetTimeSpan("akka.remote.flush-wait-on-shutdown", TimeSpan.FromSeconds(2));
        foreach (var association in _associations.Keys)
        {
            association.Close(flush);
        }

        await Task.WhenAll(_associations.Keys.Select(association => association.Ended)).ConfigureAwait(false);
        _ended.SetResult();
        return true;
    }

    private async Task<(SafeSocketHandle Socket, IPEndPoint Bound)> Bind()
    {
        var address = (await Resolve(_settings.Host, _settings.Port).ConfigureAwait(false))[0];
        var socket = await MakeSocket(address).ConfigureAwait(false);
        try
        {
            if (_settings.ReuseAddress)
            {
                await Set(socket, SocketOption.ReuseAddress, 1).ConfigureAwait(false);
            }

            (await _io.Client.BindAsync(socket, address).ConfigureAwait(false)).ThrowIfFailed();
            (await _io.Client.ListenAsync(socket, _settings.Backlog).ConfigureAwait(false)).ThrowIfFailed();
            return (socket, await NameOf(socket).ConfigureAwait(false));
        }
        catch
        {
            _ = await _io.Client.CloseAsync(socket).ConfigureAwait(false);
            throw;
        }
    }

    private async Task Accept(SafeSocketHandle socket)
    {
        IAssociationEventListener listener;
        try
        {
            listener = await _listener.Task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        var client = _io.LoopOf(socket).Client;
        while (true)
        {
            var accepted = await client.SubmitAsync(new Accept(socket) { Timeout = Timeout.InfiniteTimeSpan }).ConfigureAwait(false);
            if (accepted.IsSuccess)
            {
                _ = Welcome(accepted.SocketHandle, (IPEndPoint)accepted.Peer!, listener);
                continue;
            }

            if (_shutdown.IsCancellationRequested)
            {
                return;
            }

            switch (accepted.Error)
            {
                case var error when Rest.IsFor(error):
                    _log.Warning("No connection can be accepted ({0}): the transport rests for {1}.", accepted, Rest.Time);
                    _ = await client.DelayAsync(Rest.Time).ConfigureAwait(false);
                    break;
                case Errno.ECONNABORTED or Errno.EPROTO or Errno.EPERM or Errno.ECANCELED when _io.Health != IoHealth.Down:
                    break;
                default:
                    _log.Error("No more connections can be accepted: {0}.", accepted);
                    return;
            }
        }
    }

    /// <summary>Makes an association of a connection that has been accepted.</summary>
    private async Task Welcome(SafeSocketHandle socket, IPEndPoint peer, IAssociationEventListener listener)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(_shutdown.Token);
        time.CancelAfter(_settings.ConnectTimeout);
        try
        {
            var remote = new Address(SchemeIdentifier, System.Name, HostOf(peer.Address), peer.Port);
            listener.Notify(new InboundAssociation(await Open(
                socket, remote, (stream, tls) => TlsWire.Accept(stream, tls, peer.ToString(), _log, time.Token)).ConfigureAwait(false)));
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
        {
            _log.Warning("The connection from {0} is closed: {1}", peer, e is OperationCanceledException ? "it has not shaken hands in time." : e.Message);
        }
    }

    /// <summary>Makes an association of a connection, which is closed if that fails.</summary>
    private async Task<IoAssociation> Open(SafeSocketHandle socket, Address remote, Func<IoSocketStream, TlsSettings, Task<Wire>> shakeHands)
    {
        // Shaking hands and encrypting take their time, and looking at a certificate may ask the network: not on a loop.
        var client = _settings.Tls is null ? _io.LoopOf(socket).Client : _io.Client;
        try
        {
            var local = await NameOf(socket).ConfigureAwait(false);
            var wire = _settings.Tls is { } tls ? await shakeHands(new IoSocketStream(client, socket), tls).ConfigureAwait(false) : new PlainWire(client, socket);
            return Begin(wire, local, remote);
        }
        catch
        {
            _ = await client.CloseAsync(socket).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<SafeSocketHandle> Connect(string host, int port, CancellationToken cancellation)
    {
        SocketException? refused = null;
        foreach (var address in await Resolve(host, port).WaitAsync(cancellation).ConfigureAwait(false))
        {
            var socket = await MakeSocket(address).ConfigureAwait(false);
            var connected = await _io.Client.ConnectAsync(socket, address, _settings.ConnectTimeout, cancellation).ConfigureAwait(false);
            if (connected.IsSuccess)
            {
                return socket;
            }

            _ = await _io.Client.CloseAsync(socket, CancellationToken.None).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            refused = new SocketException(0, $"{address}: {connected.Error.Name()}");
        }

        throw refused ?? new SocketException(0, $"{host} has no address");
    }

    private async Task<SafeSocketHandle> MakeSocket(IPEndPoint address)
    {
        var socket = (await _io.Client.CreateSocketAsync(address.AddressFamily, SocketType.Stream).ConfigureAwait(false)).ThrowIfFailed().SocketHandle;
        try
        {
            // What is accepted inherits them.
            await Set(socket, SocketOption.NoDelay, _settings.NoDelay ? 1 : 0).ConfigureAwait(false);
            await Set(socket, SocketOption.KeepAlive, _settings.KeepAlive ? 1 : 0).ConfigureAwait(false);
            if (_settings.SendBuffer > 0)
            {
                await Set(socket, SocketOption.SendBuffer, _settings.SendBuffer).ConfigureAwait(false);
            }

            if (_settings.ReceiveBuffer > 0)
            {
                await Set(socket, SocketOption.ReceiveBuffer, _settings.ReceiveBuffer).ConfigureAwait(false);
            }

            return socket;
        }
        catch
        {
            _ = await _io.Client.CloseAsync(socket).ConfigureAwait(false);
            throw;
        }
    }

    private async Task Set(SafeSocketHandle socket, SocketOption option, int value) =>
        (await _io.Client.SetSockOptAsync(socket, option, value).ConfigureAwait(false)).ThrowIfFailed();

    private async ValueTask<IPEndPoint> NameOf(SafeSocketHandle socket) =>
        (IPEndPoint)(await _io.Client.GetSockNameAsync(socket).ConfigureAwait(false)).ThrowIfFailed().Address!;

    /// <summary>The addresses of a host, of the family that <c>dns-use-ipv6</c> says; an address is its own.</summary>
    private async Task<IReadOnlyList<IPEndPoint>> Resolve(string host, int port)
    {
        // Of an address of the cluster, [::1] has brackets.
        if (IPAddress.TryParse(host, out var address))
        {
            return [new IPEndPoint(address, port)];
        }

        var family = _settings.IPv6Names ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var found = (await Names.Resolve(new DnsEndPoint(host, port), _settings.ConnectTimeout, ipv4Only: !_settings.IPv6Names, System).ConfigureAwait(false))
            .OfType<IPEndPoint>().Where(each => each.AddressFamily == family).ToList();
        return found.Count > 0 ? found : throw new SocketException((int)SocketError.HostNotFound);
    }

    private IoAssociation Begin(Wire wire, IPEndPoint local, Address remote)
    {
        var association = new IoAssociation(
            new Address(SchemeIdentifier, System.Name, HostOf(_settings.Host), local.Port), remote, wire, _settings, _attachments, _log);
        _associations[association] = true;
        _ = association.Ended.ContinueWith(
            _ => _associations.TryRemove(association, out var _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        // Pairs with the exchange in Shutdown: either it sees this one among them, or we see that it shuts down.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isShutDown) != 0)
        {
            association.Close(TimeSpan.Zero);
        }

        return association;
    }

    private static string HostOf(string host) => IPAddress.TryParse(host, out var address) ? HostOf(address) : host;

    private static string HostOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    /// <summary>Stands for the transport among those who use the service, which stops when the last of them has.</summary>
    private sealed class TransportGuard(IoTcpTransport transport) : UntypedActor, IWithTimers
    {
        /// <summary>Given by Akka.</summary>
        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => transport.Ended.PipeTo(Self, success: () => Done.Instance);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Done:
                    Context.Stop(Self);
                    break;
                case IoSupervisor.StopServing stop when IsSystemEnding:
                    // Akka.Remote has a farewell to say, and then shuts the transport down.
                    Timers.StartSingleTimer(nameof(TimeIsUp), TimeIsUp.Instance, stop.Deadline);
                    break;
                case IoSupervisor.StopServing or TimeIsUp:
                    transport.Shutdown().PipeTo(Self, success: _ => Done.Instance);
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }

        private sealed class TimeIsUp
        {
            internal static readonly TimeIsUp Instance = new();
        }

        private static bool IsSystemEnding => ((ActorRefWithCell)((ExtendedActorSystem)Context.System).Guardian).Underlying.IsTerminated;
    }
}

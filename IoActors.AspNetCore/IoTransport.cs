using System;
using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Akka.IoActors.AspNetCore;

/// <summary>Listens for Kestrel, and connects for its clients.</summary>
internal sealed class IoTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionFactory
{
    private readonly ILogger _log;
    private readonly MemoryPool<byte>[] _pools;
    private readonly PipeOptions[] _input;
    private readonly PipeOptions[] _output;

    internal IoTransport(IoActorsExtension io, IoTransportOptions options, ILoggerFactory logs, IMemoryPoolFactory<byte>? pools)
    {
        Io = io;
        Options = options;
        _log = logs.CreateLogger("Akka.IoActors.AspNetCore");
        var application = options.Scheduling == IoScheduling.Loop ? PipeScheduler.Inline : PipeScheduler.ThreadPool;
        _pools = new MemoryPool<byte>[io.Loops.Count];
        _input = new PipeOptions[_pools.Length];
        _output = new PipeOptions[_pools.Length];
        for (var loop = 0; loop < _pools.Length; loop++)
        {
            // Blocks of pinned memory, if Kestrel's pool is there: nothing has to be pinned for an operation.
            _pools[loop] = pools?.Create() ?? MemoryPool<byte>.Shared;

            // Our side of a pipe goes on where the other side is: it only sends an operation, which takes no time anywhere.
            _input[loop] = new PipeOptions(
                _pools[loop], application, PipeScheduler.Inline,
                options.MaxReadBufferSize, options.MaxReadBufferSize / 2, useSynchronizationContext: false);
            _output[loop] = new PipeOptions(
                _pools[loop], PipeScheduler.Inline, application,
                options.MaxWriteBufferSize, options.MaxWriteBufferSize / 2, useSynchronizationContext: false);
        }
    }

    internal IoActorsExtension Io { get; }

    internal IoTransportOptions Options { get; }

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint;

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (!CanBind(endpoint))
        {
            throw new NotSupportedException($"IoActors binds to IP addresses and Unix sockets, not to {endpoint} ({endpoint.GetType().Name}).");
        }

        var client = Io.Client;
        var socket = (await client.CreateSocketAsync(endpoint.AddressFamily, SocketType.Stream, cancellation: cancellationToken).ConfigureAwait(false)).ThrowIfFailed().SocketHandle;
        try
        {
            if (endpoint is IPEndPoint ip)
            {
                (await client.SetSockOptAsync(socket, SocketOption.ReuseAddress, 1, cancellationToken).ConfigureAwait(false)).ThrowIfFailed();
                if (ip.Address.Equals(IPAddress.IPv6Any))
                {
                    // As Kestrel has it: [::] is both families.
                    (await client.SetSockOptAsync(socket, new SocketOption(IPv6Level, IPv6Only), 0, cancellationToken).ConfigureAwait(false)).ThrowIfFailed();
                }
            }

            if (Options.NoDelay && endpoint is IPEndPoint)
            {
                // What is accepted inherits it.
                (await client.SetSockOptAsync(socket, SocketOption.NoDelay, 1, cancellationToken).ConfigureAwait(false)).ThrowIfFailed();
            }

            var bound = await client.BindAsync(socket, endpoint, cancellationToken).ConfigureAwait(false);
            if (bound.Error == Errno.EADDRINUSE)
            {
                throw new AddressInUseException($"{endpoint} is in use already.", new IoException(bound));
            }

            bound.ThrowIfFailed();
            (await client.ListenAsync(socket, Options.Backlog, cancellationToken).ConfigureAwait(false)).ThrowIfFailed();
            var name = (await client.GetSockNameAsync(socket, cancellationToken).ConfigureAwait(false)).ThrowIfFailed().Address;
            return new IoConnectionListener(this, socket, name ?? endpoint, _log);
        }
        catch
        {
            _ = await client.CloseAsync(socket, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var client = Io.Client;
        var socket = (await client.CreateSocketAsync(endpoint.AddressFamily, SocketType.Stream, cancellation: cancellationToken).ConfigureAwait(false)).ThrowIfFailed().SocketHandle;
        try
        {
            (await client.ConnectAsync(socket, endpoint, null, cancellationToken).ConfigureAwait(false)).ThrowIfFailed();
            if (Options.NoDelay && endpoint is IPEndPoint)
            {
                (await client.SetSockOptAsync(socket, SocketOption.NoDelay, 1, cancellationToken).ConfigureAwait(false)).ThrowIfFailed();
            }

            return Start(socket, await LocalOf(socket).ConfigureAwait(false), endpoint);
        }
        catch
        {
            _ = await client.CloseAsync(socket, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The address of our end.</summary>
    internal async ValueTask<EndPoint?> LocalOf(SafeSocketHandle socket) =>
        (await Io.LoopOf(socket).Client.GetSockNameAsync(socket).ConfigureAwait(false)).ThrowIfFailed().Address;

    /// <summary>A connection of a connected socket, which has begun to receive.</summary>
    internal IoConnection Start(SafeSocketHandle socket, EndPoint? local, EndPoint? peer)
    {
        var loop = Io.LoopOf(socket);
        var connection = new IoConnection(loop.Client, socket, _pools[loop.Index], _input[loop.Index], _output[loop.Index], local, peer, _log);
        connection.Start();
        return connection;
    }

    private const int IPv6Level = 41;
    private const int IPv6Only = 26;
}

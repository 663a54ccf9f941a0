using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Akka.IoActors.AspNetCore;

/// <summary>
/// A listening socket. Kestrel accepts one connection after the other, and does something with each between: several accepts are under way,
/// so that a crowd does not wait for a turn of the loop each.
/// </summary>
internal sealed partial class IoConnectionListener(IoTransport transport, SafeSocketHandle socket, EndPoint address, ILogger log) : IConnectionListener
{
    /// <summary>How many accepts are under way.</summary>
    private const int AtOnce = 16;

    /// <summary>How long to rest when there is no descriptor or memory for another connection.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(100);

    /// <summary>On the listener's loop, without a hop: what Kestrel does with a connection at first takes no time.</summary>
    private readonly IoClient _client = transport.Io.LoopOf(socket).Client;

    /// <summary>The address of each connection's end, but for one that stands for many.</summary>
    private readonly EndPoint? _local =
        address is IPEndPoint ip && (ip.Address.Equals(IPAddress.Any) || ip.Address.Equals(IPAddress.IPv6Any)) ? null : address;

    /// <summary>The accepts that are under way, in their order. The one caller of <see cref="AcceptAsync"/>.</summary>
    private readonly Queue<Task<IoResult>> _accepts = new();

    /// <summary>Whether the service has stopped. The one caller of <see cref="AcceptAsync"/>.</summary>
    private bool _ended;

    /// <summary>1 once it has been unbound. Any thread; exchanged.</summary>
    private int _unbound;

    /// <inheritdoc/>
    public EndPoint EndPoint => address;

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            while (!_ended && Volatile.Read(ref _unbound) == 0 && _accepts.Count < AtOnce)
            {
                _accepts.Enqueue(_client.SubmitAsync(new Accept(socket) { Timeout = Timeout.InfiniteTimeSpan }, CancellationToken.None).AsTask());
            }

            if (!_accepts.TryPeek(out var next))
            {
                return null;
            }

            var accepted = await next.WaitAsync(cancellationToken).ConfigureAwait(false);
            _ = _accepts.Dequeue();
            if (accepted.IsSuccess)
            {
                var connection = accepted.SocketHandle;
                try
                {
                    return transport.Start(connection, _local ?? await transport.LocalOf(connection).ConfigureAwait(false), accepted.Peer);
                }
                catch (IoException e)
                {
                    // It has gone meanwhile: that ends one connection, not the listener.
                    LogLost(e);
                    _ = await _client.CloseAsync(connection, CancellationToken.None).ConfigureAwait(false);
                    continue;
                }
            }

            if (Volatile.Read(ref _unbound) != 0)
            {
                // Those that came before may have been accepted: Kestrel gets them, and then the end.
                continue;
            }

            switch (accepted.Error)
            {
                case Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM or Errno.EAGAIN:
                    LogRests(accepted);
                    _ = await _client.DelayAsync(s_rest, cancellationToken).ConfigureAwait(false);

                    // The others failed with it: one rest is for all of them. What else ails the listener, the next accept tells.
                    while (_accepts.TryPeek(out var other) && other is { IsCompletedSuccessfully: true, Result.IsSuccess: false })
                    {
                        _ = _accepts.Dequeue();
                    }

                    break;
                case Errno.ECONNABORTED or Errno.EPROTO or Errno.EPERM or Errno.ECANCELED when transport.Io.Health != IoHealth.Down:
                    break;
                case Errno.ESHUTDOWN or Errno.ECANCELED:
                    // The service has stopped, and with it the listener.
                    _ended = true;
                    break;
                default:
                    throw new IoException(accepted);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _unbound, 1) != 0)
        {
            return;
        }

        // Closing ends the accept that waits. A Unix socket leaves its file behind, which is ours.
        _ = await _client.CloseAsync(socket, CancellationToken.None).ConfigureAwait(false);
        if (address is UnixDomainSocketEndPoint && address.ToString() is [not '@', ..] path)
        {
            _ = await _client.UnlinkAsync(path, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => UnbindAsync(CancellationToken.None);

    [LoggerMessage(1, LogLevel.Debug, "A connection was lost before it began.")]
    private partial void LogLost(Exception cause);

    [LoggerMessage(2, LogLevel.Warning, "No connection can be accepted ({result}): the listener rests for 100 ms.")]
    private partial void LogRests(IoResult result);
}

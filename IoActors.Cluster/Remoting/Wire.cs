using System;
using System.Buffers;
using System.Collections.Generic;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Akka.Event;

namespace Akka.IoActors.Remoting;

/// <summary>What carries the bytes of a connection: a socket, or TLS on one. One may receive while another sends.</summary>
internal abstract class Wire : IAsyncDisposable
{
    /// <summary>Receives what has come, into these buffers in their order.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    internal abstract ValueTask<int> Receive(List<Memory<byte>> buffers, CancellationToken cancellation);

    /// <summary>Sends all of it.</summary>
    internal abstract ValueTask Send(List<ReadOnlyMemory<byte>> segments, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>A socket: what is received goes where it belongs at once, what is sent is sent from where it is.</summary>
internal sealed class PlainWire(IoClient client, SafeSocketHandle socket) : Wire
{
    internal override async ValueTask<int> Receive(List<Memory<byte>> buffers, CancellationToken cancellation)
    {
        // As long as it takes: whether a quiet peer is alive, Akka.Remote finds out.
        IoOperation recv = buffers.Count == 1
            ? new Recv(socket, buffers[0]) { Timeout = Timeout.InfiniteTimeSpan }
            : new RecvMsg(socket, buffers) { Timeout = Timeout.InfiniteTimeSpan };
        return (int)(await client.SubmitAsync(recv, cancellation).ConfigureAwait(false)).GetValueOrThrow();
    }

    internal override async ValueTask Send(List<ReadOnlyMemory<byte>> segments, CancellationToken cancellation)
    {
        while (segments.Count > 0)
        {
            IoOperation send = segments.Count == 1
                ? new Send(socket, segments[0]) { Timeout = Timeout.InfiniteTimeSpan }
                : new SendMsg(socket, segments, to: null, descriptors: []) { Timeout = Timeout.InfiniteTimeSpan };

            // Fewer than all, if an error stood in the way: the next send brings it.
            Drop(segments, (await client.SubmitAsync(send, cancellation).ConfigureAwait(false)).GetValueOrThrow());
        }
    }

    public override async ValueTask DisposeAsync() => _ = await client.CloseAsync(socket).ConfigureAwait(false);

    private static void Drop(List<ReadOnlyMemory<byte>> segments, long sent)
    {
        var whole = 0;
        for (; whole < segments.Count && sent >= segments[whole].Length; whole++)
        {
            sent -= segments[whole].Length;
        }

        segments.RemoveRange(0, whole);
        if (sent > 0)
        {
            segments[0] = segments[0][(int)sent..];
        }
    }
}

/// <summary>TLS on a socket.</summary>
internal sealed class TlsWire : Wire
{
    private readonly SslStream _stream;

    private TlsWire(SslStream stream) => _stream = stream;

    /// <summary>Shakes hands with a node that has been connected to.</summary>
    /// <param name="socket">The connection, which is closed if that fails.</param>
    /// <param name="tls">Who this node is, and whom it believes.</param>
    /// <param name="host">What the other node is called.</param>
    /// <param name="log">Where a validator says why it does not believe.</param>
    /// <param name="cancellation">Ends it.</param>
    internal static Task<Wire> Connect(
        IoSocketStream socket, TlsSettings tls, string host, ILoggingAdapter log, CancellationToken cancellation) =>
        ShakeHands(socket, stream => stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = host,
                ClientCertificates = tls.Mutual ? [tls.Certificate] : null,
                RemoteCertificateValidationCallback = Validation(tls, host, tls.ValidateHostname, isServer: false, log),
            },
            cancellation));

    /// <summary>Shakes hands with a node that has connected.</summary>
    /// <param name="socket">The connection, which is closed if that fails.</param>
    /// <param name="tls">Who this node is, and whom it believes.</param>
    /// <param name="peer">Where the other node has connected from.</param>
    /// <param name="log">Where a validator says why it does not believe.</param>
    /// <param name="cancellation">Ends it.</param>
    internal static Task<Wire> Accept(
        IoSocketStream socket, TlsSettings tls, string peer, ILoggingAdapter log, CancellationToken cancellation) =>
        ShakeHands(socket, stream => stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = tls.Certificate,
                ClientCertificateRequired = tls.Mutual,
                RemoteCertificateValidationCallback = Validation(tls, peer, validateHostname: false, isServer: true, log),
            },
            cancellation));

    // Into the first alone: TLS has records of its own.
    internal override ValueTask<int> Receive(List<Memory<byte>> buffers, CancellationToken cancellation) =>
        _stream.ReadAsync(buffers[0], cancellation);

    internal override async ValueTask Send(List<ReadOnlyMemory<byte>> segments, CancellationToken cancellation)
    {
        if (segments.Count == 1)
        {
            await _stream.WriteAsync(segments[0], cancellation).ConfigureAwait(false);
            return;
        }

        // One record for many small frames.
        var length = 0;
        foreach (var segment in segments)
        {
            length += segment.Length;
        }

        var whole = ArrayPool<byte>.Shared.Rent(length);
        length = 0;
        foreach (var segment in segments)
        {
            segment.CopyTo(whole.AsMemory(length));
            length += segment.Length;
        }

        // It is encrypted into memory of the stream's: ours is nobody's when this returns or throws.
        try
        {
            await _stream.WriteAsync(whole.AsMemory(0, length), cancellation).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    public override ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static async Task<Wire> ShakeHands(IoSocketStream socket, Func<SslStream, Task> shakeHands)
    {
        var stream = new SslStream(socket, leaveInnerStreamOpen: false);
        try
        {
            await shakeHands(stream).ConfigureAwait(false);
            return new TlsWire(stream);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static RemoteCertificateValidationCallback Validation(
        TlsSettings tls, string peer, bool validateHostname, bool isServer, ILoggingAdapter log) => (_, certificate, chain, errors) =>
    {
        if (isServer && !tls.Mutual)
        {
            return true;
        }

        if (tls.Validator is { } validator)
        {
            return validator(certificate as X509Certificate2, chain, peer, errors, log);
        }

        if (!validateHostname)
        {
            errors &= ~SslPolicyErrors.RemoteCertificateNameMismatch;
        }

        // Somebody without a certificate is not a node whose certificate is not looked at.
        var isBelieved = errors == SslPolicyErrors.None
            || (tls.SuppressValidation && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable));
        if (!isBelieved)
        {
            log.Warning("The certificate of {0} ({1}) is not accepted: {2}.", peer, certificate?.Subject ?? "none", errors);
        }

        return isBelieved;
    };
}

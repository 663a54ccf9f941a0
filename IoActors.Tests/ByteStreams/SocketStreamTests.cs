#pragma warning disable CA2022 // these reads are to fail, or to come short

using System;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.ByteStreams;

/// <summary>Sockets as streams, with TLS on top.</summary>
public abstract class SocketStreamTests(BackendFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task Both_ends_read_and_write_until_one_shuts_down()
    {
        var (near, far) = await Pair();
        var data = Bytes(1_000_000);
        var sending = Task.Run(async () =>
        {
            await near.WriteAsync(data);
            await near.ShutdownAsync();
        });
        var copy = new MemoryStream();
        await far.CopyToAsync(copy);
        await sending;
        Assert.Equal(data, copy.ToArray());
        far.Write("back"u8);
        var back = new byte[4];
        near.ReadExactly(back);
        Assert.Equal("back"u8.ToArray(), back);
        Assert.Equal((true, true, false, true), (near.CanRead, near.CanWrite, near.CanSeek, near.CanTimeout));
        Assert.Throws<NotSupportedException>(() => near.Length);
        Assert.Throws<NotSupportedException>(() => near.Seek(0, SeekOrigin.Begin));
        await near.DisposeAsync();
        await far.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await far.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task A_read_ends_by_its_timeout_its_token_and_with_the_stream()
    {
        var (near, far) = await Pair();
        near.ReadTimeout = 50;
        Assert.Equal(50, near.ReadTimeout);
        Assert.Equal(Errno.ETIMEDOUT, (await Assert.ThrowsAsync<IoException>(async () => await near.ReadAsync(new byte[1]))).Error);
        Assert.Equal(Errno.ETIMEDOUT, Assert.Throws<IoException>(() => near.Read(new byte[1], 0, 1)).Error);
        near.ReadTimeout = Timeout.Infinite;
        using var source = new CancellationTokenSource();
        var reading = near.ReadAsync(new byte[1], source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        reading = near.ReadAsync(new byte[1]).AsTask();
        await near.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
        Assert.Equal(0, await far.ReadAsync(new byte[1]));
        far.Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(() => far.ReadTimeout = 0);
    }

    [Fact]
    public async Task Nobody_there_is_an_error()
    {
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var e = await Assert.ThrowsAsync<IoException>(async () => await IoSocketStream.ConnectAsync(Io.Client, free.LocalEndPoint!));
        Assert.Equal(Errno.ECONNREFUSED, e.Error);
    }

    [Fact]
    public async Task TLS_runs_on_both_ends()
    {
        using var certificate = MakeCertificate();
        var (near, far) = await Pair();
        await using var server = new SslStream(far);
        await using var client = new SslStream(near, false, (_, other, _, _) => other!.GetCertHashString() == certificate.GetCertHashString());
        await Task.WhenAll(
            server.AuthenticateAsServerAsync(certificate),
            client.AuthenticateAsClientAsync("localhost")).WaitAsync(Deadline);
        var data = Bytes(500_000);
        var sending = client.WriteAsync(data).AsTask();
        var back = new byte[data.Length];
        await server.ReadExactlyAsync(back).AsTask().WaitAsync(Deadline);
        await sending;
        Assert.Equal(data, back);
        server.Write("sync"u8);
        var four = new byte[4];
        client.ReadExactly(four);
        Assert.Equal("sync"u8.ToArray(), four);
    }

    [SkippableFact]
    public async Task OpenSSL_talks_to_it()
    {
        Skip.IfNot(File.Exists("/usr/bin/openssl"), "openssl is not installed");
        using var certificate = MakeCertificate();
        var (listener, _) = MakeListener();
        var serving = Task.Run(async () =>
        {
            await using var tls = new SslStream(new IoSocketStream(Io.Client, (await Do(new Accept(listener))).SocketHandle));
            await tls.AuthenticateAsServerAsync(certificate);
            var line = new byte[6];
            await tls.ReadExactlyAsync(line);
            await tls.WriteAsync(line);
            await tls.ShutdownAsync();
            return line;
        });
        using var openssl = global::System.Diagnostics.Process.Start(new global::System.Diagnostics.ProcessStartInfo(
            "openssl", ["s_client", "-quiet", "-connect", $"127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = openssl.StandardError.ReadToEndAsync();
        await openssl.StandardInput.WriteAsync("hello\n");
        await openssl.StandardInput.FlushAsync();
        var answer = await openssl.StandardOutput.ReadLineAsync().WaitAsync(Deadline);
        Assert.Equal("hello", answer);
        Assert.Equal("hello\n"u8.ToArray(), await serving.WaitAsync(Deadline));
        openssl.StandardInput.Close();
        openssl.Kill();
        await errors;
    }

    private async Task<(IoSocketStream Near, IoSocketStream Far)> Pair()
    {
        var (listener, _) = MakeListener();
        var accepting = Send(new Accept(listener));
        var near = await IoSocketStream.ConnectAsync(Io.Client, listener.LocalEndPoint!);
        return (near, new IoSocketStream(Io.Client, (await accepting).SocketHandle));
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}

/// <summary>On io_uring.</summary>
public sealed class IoUringSocketStreamTests(IoUringFixture fixture) : SocketStreamTests(fixture), IClassFixture<IoUringFixture>;

/// <summary>On several loops of io_uring.</summary>
public sealed class IoUringLoopsSocketStreamTests(IoUringLoopsFixture fixture)
    : SocketStreamTests(fixture), IClassFixture<IoUringLoopsFixture>;

/// <summary>On epoll.</summary>
public sealed class EpollSocketStreamTests(EpollFixture fixture) : SocketStreamTests(fixture), IClassFixture<EpollFixture>;

/// <summary>On threads.</summary>
public sealed class ThreadPoolSocketStreamTests(ThreadPoolFixture fixture)
    : SocketStreamTests(fixture), IClassFixture<ThreadPoolFixture>;

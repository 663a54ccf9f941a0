using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Akka.IoActors.Tests.Web;

/// <summary>What ASP.NET Core does over Kestrel's own transport, it does over ours: the same assertions on both.</summary>
public sealed class TransportTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    /// <summary>Kestrel's own, and ours on every backend, with the application on either side.</summary>
    public static TheoryData<string> Transports { get; } =
        ["sockets", "io-uring", "io-uring on-loop", "io-uring loops on-loop", "epoll", "epoll loops on-loop", "thread-pool"];

    public static TheoryData<string> Ours { get; } = ["io-uring", "io-uring on-loop", "epoll", "thread-pool"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Bodies_come_and_go_on_many_connections_at_once(string transport)
    {
        await using var server = await WebServer.Start(transport, app => app.MapPost("/echo", Echo));
        using var client = new HttpClient { BaseAddress = server.Address };
        var replies = await Task.WhenAll(Enumerable.Range(0, 32).Select(async n =>
        {
            var wrong = 0;
            for (var round = 0; round < 4; round++)
            {
                var body = new byte[1 << (4 + (n % 17))];
                new Random(n).NextBytes(body);
                using var response = await client.PostAsync("/echo", new ByteArrayContent(body));
                response.EnsureSuccessStatusCode();
                wrong += (await response.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(body) ? 0 : 1;
            }

            return wrong;
        })).WaitAsync(s_deadline);
        Assert.Equal(0, replies.Sum());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Names_of_both_ends_are_those_of_the_client(string transport)
    {
        await using var server = await WebServer.Start(
            transport,
            app => app.MapGet("/", context => context.Response.WriteAsync(
                $" {context.Connection.LocalIpAddress}:{context.Connection.LocalPort} {context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}")),
            options => options.Listen(IPAddress.Any, 0));
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(server.EndPoint);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray());
        var text = await new StreamReader(client.GetStream()).ReadToEndAsync().WaitAsync(s_deadline);
        Assert.Contains($" {server.EndPoint} {client.Client.LocalEndPoint}", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Connections_are_those_of_the_transport(string transport)
    {
        await using var server = await WebServer.Start(transport, app => app.MapGet("/", context => context.Response.WriteAsync(context.Connection.Id)));
        using var client = new HttpClient { BaseAddress = server.Address };
        Assert.Equal(transport != "sockets", (await client.GetStringAsync("/").WaitAsync(s_deadline)).StartsWith("io-", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task TLS_and_HTTP_2_are_Kestrels(string transport)
    {
        using var certificate = WebServer.MakeCertificate();
        await using var server = await WebServer.Start(
            transport,
            app => app.MapPost("/echo", Echo),
            options => options.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, its, _, _) => its!.GetCertHashString() == certificate.GetCertHashString() },
        })
        {
            BaseAddress = server.Address, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var body = new byte[30_000];
        new Random(2).NextBytes(body);
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            using var response = await client.PostAsync("/echo", new ByteArrayContent(body));
            Assert.Equal(HttpVersion.Version20, response.Version);
            return await response.Content.ReadAsByteArrayAsync();
        })).WaitAsync(s_deadline);
        Assert.All(replies, reply => Assert.Equal(body, reply));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_WebSocket_gets_back_what_it_sends(string transport)
    {
        await using var server = await WebServer.Start(transport, app => app.Map("/ws", async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer, default) is { MessageType: not WebSocketMessageType.Close } received)
            {
                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, default);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
        }));
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{server.EndPoint}/ws"), default).WaitAsync(s_deadline);
        var buffer = new byte[4096];
        for (var n = 0; n < 100; n++)
        {
            await client.SendAsync(Encoding.UTF8.GetBytes($"message {n}"), WebSocketMessageType.Text, true, default);
            var received = await client.ReceiveAsync(buffer, default).WaitAsync(s_deadline);
            Assert.Equal($"message {n}", Encoding.UTF8.GetString(buffer, 0, received.Count));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", default).WaitAsync(s_deadline);
        Assert.Equal("bye", client.CloseStatusDescription);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Pipelined_requests_are_answered_in_order(string transport)
    {
        await using var server = await WebServer.Start(transport, app => app.MapGet("/{n}", (int n) => $"[{n}]"));
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(server.EndPoint);
        var requests = string.Concat(Enumerable.Range(0, 20).Select(n => $"GET /{n} HTTP/1.1\r\nHost: x\r\n{(n == 19 ? "Connection: close\r\n" : "")}\r\n"));
        using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(requests));
        var text = await new StreamReader(stream).ReadToEndAsync().WaitAsync(s_deadline);
        Assert.Equal(Enumerable.Range(0, 20).Select(n => $"[{n}]"), text.Split("\r\n").Where(line => line.StartsWith('[')).Select(line => line.Split('H')[0]));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Headers_that_are_too_large_are_refused(string transport)
    {
        await using var server = await WebServer.Start(transport, app => app.MapGet("/", () => "ok"));
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(server.EndPoint);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: x\r\nX: {new string('a', 40_000)}"));
        var line = await new StreamReader(client.GetStream()).ReadLineAsync().WaitAsync(s_deadline);
        Assert.Equal("HTTP/1.1 431 Request Header Fields Too Large", line);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Clients_that_send_their_headers_too_slowly_are_refused_and_hold_nobody_up(string transport)
    {
        await using var server = await WebServer.Start(
            transport,
            app => app.MapGet("/", () => "ok"),
            options =>
            {
                options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1);
                options.Listen(IPAddress.Loopback, 0);
            });
        var slow = Enumerable.Range(0, 100).Select(async _ =>
        {
            using var client = new TcpClient(AddressFamily.InterNetwork);
            await client.ConnectAsync(server.EndPoint);
            await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "u8.ToArray());
            return await new StreamReader(client.GetStream()).ReadLineAsync();
        }).ToList();
        using var client = new HttpClient { BaseAddress = server.Address };
        while (slow.Any(each => !each.IsCompleted))
        {
            Assert.Equal("ok", await client.GetStringAsync("/").WaitAsync(s_deadline));
        }

        Assert.All(await Task.WhenAll(slow), line => Assert.Equal("HTTP/1.1 408 Request Timeout", line));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_ends_its_half_has_ended_its_request(string transport)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebServer.Start(transport, app => app.MapGet("/", context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            return aborted.Task;
        }));
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(server.EndPoint);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        client.Client.Shutdown(SocketShutdown.Send);
        await aborted.Task.WaitAsync(s_deadline);
        await server.Stop().WaitAsync(s_deadline);
        Assert.Empty(server.Errors);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_reset_of_the_client_aborts_its_request(string transport)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebServer.Start(transport, app => app.MapGet("/", async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await aborted.Task;
        }));
        using (var client = new TcpClient { LingerState = new LingerOption(true, 0) })
        {
            await client.ConnectAsync(server.EndPoint);
            await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
            await arrived.Task.WaitAsync(s_deadline);
        }

        await aborted.Task.WaitAsync(s_deadline);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_reset_in_the_middle_of_a_response_is_no_error_of_the_servers(string transport)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebServer.Start(transport, app => app.MapGet("/", async context =>
        {
            var block = new byte[65536];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block, CancellationToken.None);
            }

            ended.SetResult();
        }));
        using (var client = new TcpClient { LingerState = new LingerOption(true, 0) })
        {
            await client.ConnectAsync(server.EndPoint);
            await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
            await client.GetStream().ReadExactlyAsync(new byte[1_000_000]).AsTask().WaitAsync(s_deadline);
        }

        await ended.Task.WaitAsync(s_deadline);
        await server.Stop().WaitAsync(s_deadline);
        Assert.Empty(server.Errors);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_does_not_read_holds_the_response_back_and_can_be_aborted(string transport)
    {
        var stalled = new TaskCompletionSource<(HttpContext Context, long Written)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebServer.Start(transport, app => app.MapGet("/", async context =>
        {
            var block = new byte[65536];
            for (var written = 0L; ; written += block.Length)
            {
                // Held back is what nobody takes for this long: a write that the loop is about to send is not.
                var write = context.Response.Body.WriteAsync(block, context.RequestAborted).AsTask();
                if (await Task.WhenAny(write, Task.Delay(TimeSpan.FromMilliseconds(200))) != write)
                {
                    stalled.SetResult((context, written));
                    await write.ContinueWith(static _ => { }, TaskScheduler.Default);
                    ended.SetResult();
                    return;
                }
            }
        }));
        using var client = new TcpClient(AddressFamily.InterNetwork) { ReceiveBufferSize = 65536 };
        await client.ConnectAsync(server.EndPoint);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        var (context, bytes) = await stalled.Task.WaitAsync(s_deadline);

        // What the two sockets take, and no gigabytes.
        Assert.InRange(bytes, 1 << 16, 64 << 20);
        context.Abort();
        await ended.Task.WaitAsync(s_deadline);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Stopping_lets_a_request_finish_and_takes_no_further_connection(string transport)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebServer.Start(transport, app => app.MapGet("/", async () =>
        {
            arrived.SetResult();
            await go.Task;
            return "finished";
        }));
        using var client = new HttpClient { BaseAddress = server.Address };
        var endPoint = server.EndPoint;
        var response = client.GetStringAsync("/");
        await arrived.Task.WaitAsync(s_deadline);
        var stopped = server.Stop();
        while (true)
        {
            using var late = new TcpClient();
            try
            {
                await late.ConnectAsync(endPoint).WaitAsync(s_deadline);
            }
            catch (SocketException e)
            {
                // Refused, or reset with the backlog that it stood in.
                Assert.Contains(e.SocketErrorCode, (SocketError[])[SocketError.ConnectionRefused, SocketError.ConnectionReset]);
                break;
            }
        }

        go.SetResult();
        Assert.Equal("finished", await response.WaitAsync(s_deadline));
        await stopped.WaitAsync(s_deadline);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_stop_that_may_not_wait_cuts_a_client_that_does_not_read(string transport)
    {
        var stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebServer.Start(transport, app => app.MapGet("/", async context =>
        {
            // A handler that looks at nothing but the end of its request.
            var block = new byte[65536];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                var write = context.Response.Body.WriteAsync(block, CancellationToken.None).AsTask();

                // Held back is what nobody takes for this long; nothing is wrong with a stop that comes a little early.
                if (await Task.WhenAny(write, Task.Delay(TimeSpan.FromMilliseconds(200), CancellationToken.None)) != write)
                {
                    stalled.TrySetResult();
                }

                await write;
            }

            ended.SetResult();
        }));
        using var client = new TcpClient(AddressFamily.InterNetwork) { ReceiveBufferSize = 65536 };
        await client.ConnectAsync(server.EndPoint);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        await stalled.Task.WaitAsync(s_deadline);
        await server.Stop(new CancellationToken(canceled: true)).WaitAsync(s_deadline);
        await ended.Task.WaitAsync(s_deadline);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Unix_sockets_serve_and_leave_no_file(string transport)
    {
        var path = Path.Combine(Path.GetTempPath(), $"io-{Guid.NewGuid():N}.sock");
        await using (await WebServer.Start(transport, app => app.MapPost("/echo", Echo), options => options.ListenUnixSocket(path)))
        {
            using var client = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });
            using var response = await client.PostAsync("http://unix/echo", new StringContent("over a path")).WaitAsync(s_deadline);
            Assert.Equal("over a path", await response.Content.ReadAsStringAsync());
        }

        Assert.False(File.Exists(path));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_address_in_use_ends_the_start_with_its_name(string transport)
    {
        await using var server = await WebServer.Start(transport, app => app.MapGet("/", () => "first"));
        var port = server.EndPoint.Port;
        var failure = await Assert.ThrowsAsync<IOException>(
            () => WebServer.Start(transport, app => app.MapGet("/", () => "second"), options => options.Listen(IPAddress.Loopback, port)));
        Assert.IsType<AddressInUseException>(failure.InnerException);
        Assert.Contains($"127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public async Task No_request_fails_though_loops_break(string transport)
    {
        await using var server = await WebServer.Start(transport, app => app.MapPost("/echo", Echo));
        using var client = new HttpClient { BaseAddress = server.Address };
        var io = server.System!.IoActors();
        using var enough = new CancellationTokenSource();
        var loads = Enumerable.Range(0, 8).Select(async n =>
        {
            var body = new byte[10_000];
            new Random(n).NextBytes(body);
            var answered = 0;
            while (!enough.IsCancellationRequested)
            {
                using var response = await client.PostAsync("/echo", new ByteArrayContent(body));
                Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
                answered++;
            }

            return answered;
        }).ToList();
        for (var n = 1; n <= 3; n++)
        {
            io.Loops[0].Backend.Tell(Kill.Instance);
            while ((await io.Client.GetInfoAsync().AsTask().WaitAsync(s_deadline)).Counters.Restarts < n)
            {
            }
        }

        await enough.CancelAsync();
        var counts = await Task.WhenAll(loads).WaitAsync(s_deadline);
        Assert.All(counts, count => Assert.InRange(count, 1, int.MaxValue));
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public async Task The_timeout_of_operations_ends_neither_quiet_connections_nor_the_listener(string transport)
    {
        await using var server = await WebServer.Start(transport, app => app.MapPost("/echo", Echo), more: "io-actors.operation-timeout = 100ms");
        using var early = new HttpClient { BaseAddress = server.Address };
        using (var first = await early.PostAsync("/echo", new StringContent("first")).WaitAsync(s_deadline))
        {
            Assert.Equal("first", await first.Content.ReadAsStringAsync());
        }

        // Operations that were sent later have timed out three times over.
        var io = server.System!.IoActors();
        using var quiet = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        quiet.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        for (var n = 0; n < 3; n++)
        {
            Assert.Equal(Errno.ETIMEDOUT, (await io.Client.RecvAsync(quiet.SafeHandle, new byte[1]).AsTask().WaitAsync(s_deadline)).Error);
        }

        using (var second = await early.PostAsync("/echo", new StringContent("second")).WaitAsync(s_deadline))
        {
            Assert.Equal("second", await second.Content.ReadAsStringAsync());
        }

        using var late = new HttpClient { BaseAddress = server.Address };
        using var third = await late.PostAsync("/echo", new StringContent("third")).WaitAsync(s_deadline);
        Assert.Equal("third", await third.Content.ReadAsStringAsync());
        Assert.Empty(server.Errors);
    }

    private static async Task Echo(HttpContext context)
    {
        context.Response.ContentLength = context.Request.ContentLength;
        await context.Request.Body.CopyToAsync(context.Response.Body);
    }
}

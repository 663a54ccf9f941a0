using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Akka.IoActors.Tests.Service.Serve;

/// <summary><c>ioactors serve</c> as a service: watched, broken, drained.</summary>
public sealed class ServeServiceTests
{
    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task Metrics_and_health_tell_how_it_fares(string backend)
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder(), "--backend", backend);
        serve.Write("file.bin", 10_000);
        for (var n = 0; n < 5; n++)
        {
            await serve.Client.GetByteArrayAsync("/file.bin").WaitAsync(ServeProcess.Deadline);
        }

        var metrics = await serve.Client.GetStringAsync("/metrics").WaitAsync(ServeProcess.Deadline);
        var requests = metrics.Split('\n').Single(line =>
            line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal) && line.Contains("/{**path}", StringComparison.Ordinal));
        Assert.Equal("5", requests.Split("} ")[1].Split(' ')[0]);
        Assert.Contains("ioactors_operations_submitted", metrics, StringComparison.Ordinal);
        Assert.Contains($"ioactors_backend=\"{backend.Replace("io-uring", "io_uring", StringComparison.Ordinal)}\"", metrics, StringComparison.Ordinal);
        Assert.Contains("kestrel_active_connections", metrics, StringComparison.Ordinal);
        foreach (var path in new[] { "/health/live", "/health/ready" })
        {
            using var health = await serve.Get(path);
            Assert.Equal((HttpStatusCode.OK, "Healthy"), (health.StatusCode, await health.Content.ReadAsStringAsync()));
        }
    }

    [Fact]
    public async Task The_status_page_gets_each_second_once()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder(), "--loops", "2");
        serve.Write("file.bin", 10_000);
        foreach (var (path, type) in new[] { ("/status", "text/html"), ("/status/page.js", "text/javascript"), ("/status/page.css", "text/css") })
        {
            using var page = await serve.Get(path);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Equal(type, page.Content.Headers.ContentType!.MediaType);
            Assert.Contains("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }

        for (var n = 0; n < 20; n++)
        {
            await serve.Client.GetByteArrayAsync("/file.bin").WaitAsync(ServeProcess.Deadline);
        }

        using var missing = await serve.Get("/missing");
        var sample = await serve.Sample(sample => sample.GetProperty("requests").GetInt64() >= 24);
        Assert.Equal(0, sample.GetProperty("failed").GetInt64());
        Assert.Equal("Up", sample.GetProperty("health").GetString());
        Assert.Equal([0, 1], sample.GetProperty("loops").EnumerateArray().Select(loop => loop.GetProperty("loop").GetInt32()));
        var number = sample.GetProperty("number").GetInt64();
        await serve.Sample(sample => sample.GetProperty("number").GetInt64() > number);
        var status = await serve.Status();
        Assert.Equal(("site", false), (status.GetProperty("directory").GetString(), status.GetProperty("chaos").GetBoolean()));
        var samples = status.GetProperty("samples").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(1, samples.Count), samples.Select(each => each.GetProperty("number").GetInt32()));
        Assert.InRange(samples.Max(each => each.GetProperty("requestRate").GetDouble()), 5, 1e6);
        Assert.InRange(samples.Max(each => each.GetProperty("p50").GetDouble()), 1e-3, samples.Max(each => each.GetProperty("p99").GetDouble()));

        // What it sent: these files, and the answers to these questions.
        Assert.InRange(samples.Sum(each => each.GetProperty("loops").EnumerateArray().Sum(loop => loop.GetProperty("writeRate").GetDouble())), 150_000, 5_000_000);
    }

    [Fact]
    public async Task Without_chaos_nothing_can_be_killed()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder());
        using var answer = await serve.Send(HttpMethod.Post, "/status/loops/0/kill", ("X-IoActors-Chaos", "1"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Theory]
    [InlineData("io-uring", "loop")]
    [InlineData("io-uring", "thread-pool")]
    [InlineData("epoll", "loop")]
    [InlineData("thread-pool", "thread-pool")]
    public async Task Rings_are_killed_under_load_and_no_request_fails(string backend, string scheduling)
    {
        await using var serve = await ServeProcess.Start(
            ServeProcess.MakeFolder(), "--chaos", "--loops", "2", "--backend", backend, "--scheduling", scheduling);
        var bytes = serve.Write("file.bin", 200_000);
        using var forged = await serve.Send(HttpMethod.Post, "/status/loops/0/kill");
        Assert.Equal(HttpStatusCode.Forbidden, forged.StatusCode);
        using var none = await serve.Send(HttpMethod.Post, "/status/loops/2/kill", ("X-IoActors-Chaos", "1"));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);

        using var enough = new CancellationTokenSource();
        var loads = Enumerable.Range(0, 8).Select(async _ =>
        {
            var answered = 0;
            for (; !enough.IsCancellationRequested; answered++)
            {
                Assert.Equal(bytes, await serve.Client.GetByteArrayAsync("/file.bin", CancellationToken.None));
            }

            return answered;
        }).ToList();
        for (var kills = 1; kills <= 2; kills++)
        {
            foreach (var loop in new[] { 0, 1 })
            {
                using var killed = await serve.Send(HttpMethod.Post, $"/status/loops/{loop}/kill", ("X-IoActors-Chaos", "1"));
                Assert.Equal(HttpStatusCode.Accepted, killed.StatusCode);
                await serve.Sample(sample => RestartsOf(sample, loop) == kills);
            }
        }

        await enough.CancelAsync();
        var counts = await Task.WhenAll(loads).WaitAsync(ServeProcess.Deadline);
        Assert.All(counts, count => Assert.InRange(count, 1, int.MaxValue));
        serve.Interrupt();
        var (code, lines, errors) = await serve.End();
        Assert.Equal(0, code);
        Assert.Matches(@"^serve: requests=\d+ failed=0 cut=0 sent=\d+ restarts=4$", lines[^1]);
        Assert.Contains("ActorKilledException", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("loop")]
    [InlineData("thread-pool")]
    public async Task An_interrupt_lets_a_download_finish_and_nobody_else_in(string scheduling)
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder(), "--scheduling", scheduling);
        var bytes = serve.Write("large.bin", 30_000_000);
        using var response = await serve.Client.GetAsync("/large.bin", HttpCompletionOption.ResponseHeadersRead).WaitAsync(ServeProcess.Deadline);
        await using var body = await response.Content.ReadAsStreamAsync();
        serve.Interrupt();
        while (true)
        {
            using var late = new TcpClient();
            try
            {
                await late.ConnectAsync(IPAddress.Loopback, serve.Address.Port).WaitAsync(ServeProcess.Deadline);
            }
            catch (SocketException)
            {
                break;
            }
        }

        var read = new byte[bytes.Length];
        await body.ReadExactlyAsync(read).AsTask().WaitAsync(ServeProcess.Deadline);
        Assert.Equal(bytes, read);
        var (code, lines, errors) = await serve.End();
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal("serve: draining", lines[0]);
        Assert.Matches(@"^serve: requests=\d+ failed=0 cut=0 sent=3\d{7} restarts=0$", lines[^1]);
    }

    [Fact]
    public async Task A_download_that_nobody_takes_is_cut_at_the_end_of_the_drain()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder(), "--drain", "1");
        serve.Write("large.bin", 50_000_000);
        using var response = await serve.Client.GetAsync("/large.bin", HttpCompletionOption.ResponseHeadersRead).WaitAsync(ServeProcess.Deadline);
        serve.Interrupt();
        var (code, lines, _) = await serve.End();
        Assert.Equal(0, code);
        Assert.Matches(@"^serve: requests=\d+ failed=0 cut=1 sent=\d+ restarts=0$", lines[^1]);
    }

    [Fact]
    public async Task The_second_interrupt_insists()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder(), "--drain", "300");
        serve.Write("large.bin", 50_000_000);
        using var response = await serve.Client.GetAsync("/large.bin", HttpCompletionOption.ResponseHeadersRead).WaitAsync(ServeProcess.Deadline);
        serve.Interrupt();
        Assert.Equal("serve: draining", await serve.ReadLine());
        serve.Interrupt();
        Assert.Equal(130, (await serve.End()).Code);
    }

    [SkippableTheory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task A_file_that_cannot_be_read_is_an_error_of_the_servers_and_counted(string backend)
    {
        const string folder = "/sys/class/net/lo";
        Skip.IfNot(File.Exists($"{folder}/speed"), $"there is no {folder}/speed, whose reads fail with EINVAL");
        await using var serve = await ServeProcess.Start(folder, "--backend", backend);
        Assert.Equal("1\n", (await serve.Client.GetStringAsync("/ifindex").WaitAsync(ServeProcess.Deadline)).TrimEnd('\0'));
        using var failed = await serve.Get("/speed");
        Assert.Equal((HttpStatusCode.InternalServerError, "500 Internal Server Error\n"), (failed.StatusCode, await failed.Content.ReadAsStringAsync()));
        await serve.Sample(sample => sample.GetProperty("failed").GetInt64() == 1);
        serve.Interrupt();
        var (_, lines, errors) = await serve.End();
        Assert.Matches(@"^serve: requests=\d+ failed=1 cut=0 ", lines[^1]);
        Assert.Contains("/speed could not be served: EINVAL", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_connections_than_the_limit_are_closed()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder(), "--max-connections", "2");
        using var first = await Connect(serve, "HTTP/1.1 404 Not Found");
        using var second = await Connect(serve, "HTTP/1.1 404 Not Found");
        using (await Connect(serve, null))
        {
        }

        first.Dispose();
        while (true)
        {
            using var third = new TcpClient();
            await third.ConnectAsync(IPAddress.Loopback, serve.Address.Port);
            if (await Ask(third) is not null)
            {
                break;
            }
        }

        static async Task<TcpClient> Connect(ServeProcess serve, string? line)
        {
            var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, serve.Address.Port);
            Assert.Equal(line, await Ask(client));
            return client;
        }

        static async Task<string?> Ask(TcpClient client)
        {
            try
            {
                await client.GetStream().WriteAsync("GET /missing HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
                return await new StreamReader(client.GetStream()).ReadLineAsync().WaitAsync(ServeProcess.Deadline);
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    [SkippableTheory]
    [InlineData("loop")]
    [InlineData("thread-pool")]
    public async Task Curl_gets_files_over_TLS_and_HTTP_2(string scheduling)
    {
        NeedCurl();
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder(), "--tls", "--scheduling", scheduling);
        Assert.Equal("https", serve.Address.Scheme);
        var bytes = serve.Write("file.bin", 1_000_000);
        foreach (var (option, version) in new[] { ("--http2", "2"), ("--http1.1", "1.1") })
        {
            var (whole, told) = await Curl("-sS", "-k", option, "-w", "%{stderr}%{http_version} %{http_code}", $"{serve.Address}file.bin");
            Assert.Equal($"{version} 200", told);
            Assert.Equal(bytes, whole);
            var (part, partTold) = await Curl("-sS", "-k", option, "-r", "1000-1999", "-w", "%{stderr}%{http_version} %{http_code}", $"{serve.Address}file.bin");
            Assert.Equal($"{version} 206", partTold);
            Assert.Equal(bytes[1000..2000], part);
        }

        // Many at once over one connection.
        var (all, _) = await Curl(["-sS", "-k", "--http2", "--parallel", .. Enumerable.Repeat($"{serve.Address}file.bin", 10)]);
        Assert.Equal(10 * bytes.Length, all.Length);
    }

    [SkippableFact]
    public async Task A_certificate_of_ones_own_is_used()
    {
        NeedCurl();
        var folder = ServeProcess.MakeFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "hello.txt"), "hello");
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (pem, keyPem) = (Path.Combine(folder, "..", "cert.pem"), Path.Combine(folder, "..", "key.pem"));
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyPem, key.ExportPkcs8PrivateKeyPem());
        await using var serve = await ServeProcess.Start(folder, "--tls", "--certificate", pem, "--key", keyPem);
        var (body, _) = await Curl("-sS", "--cacert", pem, $"{serve.Address}hello.txt");
        Assert.Equal("hello", Encoding.UTF8.GetString(body));
    }

    [Fact]
    public async Task A_mistake_is_one_sentence_and_a_code()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (var (code, sentence, arguments) in new (int, string, string[])[]
                 {
                     (2, "serve: /does/not/exist: ENOENT", ["/does/not/exist"]),
                     (2, "serve: /etc/passwd: ENOTDIR", ["/etc/passwd"]),
                     (2, "ioactors: --port must be from 0 to 65535 (ioactors --help says more)", [".", "--port", "65536"]),
                     (2, "ioactors: 'x' is no IP address (ioactors --help says more)", [".", "--address", "x"]),
                     (2, "ioactors: --scheduling is loop or thread-pool, not 'x' (ioactors --help says more)", [".", "--scheduling", "x"]),
                     (2, "ioactors: --certificate and --key need --tls (ioactors --help says more)", [".", "--key", "x"]),
                     (2, "ioactors: --key needs --certificate (ioactors --help says more)", [".", "--tls", "--key", "x"]),
                     (2, "serve: /does/not/exist: Could not find", [".", "--port", "0", "--tls", "--certificate", "/does/not/exist"]),
                     (2, "serve: /etc/passwd: ", [".", "--port", "0", "--tls", "--certificate", "/etc/passwd"]),
                     (1, $"serve: Failed to bind to address http://127.0.0.1:{port}: address already in use.", [".", "--port", port]),
                     (1, "192.0.2.1:0): EADDRNOTAVAIL (Cannot assign requested address)", [".", "--port", "0", "--address", "192.0.2.1"]),
                 })
        {
            var (actual, output, errors) = await ServeProcess.Run(arguments);
            Assert.Contains(sentence, errors, StringComparison.Ordinal);
            Assert.Single(errors.Split('\n'));
            Assert.Equal((code, ""), (actual, output));
        }
    }

    private static long RestartsOf(JsonElement sample, int loop) => sample.GetProperty("loops").EnumerateArray()
        .Where(each => each.GetProperty("loop").GetInt32() == loop)
        .Select(each => each.GetProperty("restarts").GetInt64())
        .SingleOrDefault(-1);

    private static void NeedCurl() => Skip.If(
        Environment.GetEnvironmentVariable("PATH")!.Split(':').All(folder => !File.Exists(Path.Combine(folder, "curl"))), "curl is not installed");

    private static async Task<(byte[] Body, string Told)> Curl(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("curl", ["--max-time", "30", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var told = process.StandardError.ReadToEndAsync();
        using var body = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(body).WaitAsync(ServeProcess.Deadline);
        await process.WaitForExitAsync().WaitAsync(ServeProcess.Deadline);
        Assert.True(process.ExitCode == 0, await told);
        return (body.ToArray(), await told);
    }
}

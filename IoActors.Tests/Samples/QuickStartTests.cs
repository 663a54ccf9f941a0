using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Samples;
using Xunit;

namespace Akka.IoActors.Tests.Samples;

/// <summary>The README's code is compiled, run, and the same as in the README.</summary>
public sealed partial class QuickStartTests : TestKit.Xunit2.TestKit
{
    private readonly string _path = Path.GetTempFileName();

    protected override void AfterAll()
    {
        File.Delete(_path);
        base.AfterAll();
    }

    [Fact]
    public async global::System.Threading.Tasks.Task Ask_reads_a_file()
    {
        await File.WriteAllTextAsync(_path, "what stands in it");
        Assert.Equal("what stands in it", await QuickStart.Ask(Sys, _path));
    }

    [Fact]
    public async global::System.Threading.Tasks.Task Client_appends_a_line()
    {
        Assert.Equal(7, await QuickStart.Client(Sys, _path));
        Assert.Equal(14, await QuickStart.Client(Sys, _path));
        Assert.Equal("a line\na line\n", await File.ReadAllTextAsync(_path));
    }

    [Fact]
    public void Tell_sums_a_file_up()
    {
        File.WriteAllBytes(_path, [.. Enumerable.Repeat((byte)3, 200_000)]);
        using var file = File.OpenHandle(_path);
        Sys.ActorOf(Props.Create(() => new QuickStart.Summer(file, TestActor)));
        ExpectMsg(600_000L, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async global::System.Threading.Tasks.Task Streams_hash_a_file_and_speak_TLS()
    {
        await File.WriteAllTextAsync(_path, "what stands in it");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = global::System.Threading.Tasks.Task.Run(async () =>
        {
            await using var server = new SslStream((await listener.AcceptTcpClientAsync()).GetStream());
            await server.AuthenticateAsServerAsync(certificate);
            return server.SslProtocol;
        });
        var (hash, protocol) = await QuickStart.Streams(
            Sys.IoActors().Client, _path, (IPEndPoint)listener.LocalEndpoint, certificate);
        Assert.Equal(SHA256.HashData("what stands in it"u8), hash);
        Assert.Equal(await serving, protocol);
    }

    [Fact]
    public async global::System.Threading.Tasks.Task A_subscription_greets_whoever_comes()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Sys.ActorOf(Props.Create(() => new QuickStart.Greeter(listener.Server)));
        for (var n = 0; n < 15; n++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
            using var reader = new StreamReader(client.GetStream());
            Assert.Equal("welcome", await reader.ReadLineAsync());
        }
    }

    [Fact]
    public void The_README_shows_these_samples()
    {
        var readme = File.ReadAllText(Path.Combine(Root(), "README.md"));
        var blocks = CSharpBlock().Matches(readme).Select(block => block.Groups[1].Value.Trim()).ToList();
        var sample = File.ReadAllLines(Path.Combine(Root(), "IoActors.Tests", "Samples", "QuickStart.cs"));
        foreach (var name in new[] { "ask", "client", "tell", "streams", "subscribe" })
        {
            Assert.Contains(Snippet(sample, name), blocks);
        }

        Assert.Contains(
            Snippet(File.ReadAllLines(Path.Combine(Root(), "IoActors.Service", "Echo", "EchoServer.cs")), "echo"), blocks);
    }

    private static string Snippet(IReadOnlyList<string> lines, string name)
    {
        var snippet = lines
            .SkipWhile(line => line.Trim() != $"// begin {name}").Skip(1)
            .TakeWhile(line => line.Trim() != $"// end {name}")
            .Where(line => !line.TrimStart().StartsWith("/// ", StringComparison.Ordinal))
            .ToList();
        var indent = snippet.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', snippet.Select(line => line.Length >= indent ? line[indent..] : line)).Trim();
    }

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}

using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Xunit;

namespace Akka.IoActors.Tests.Service;

/// <summary>The command <c>ioactors echo</c>, run as a user runs it.</summary>
public sealed class EchoTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("io_uring", "--backend", "io-uring")]
    [InlineData("epoll", "--backend", "epoll")]
    [InlineData("thread-pool", "--backend", "thread-pool")]
    [InlineData("Akka.IO", "--akka-io")]
    public async Task It_gives_back_what_it_gets_until_it_is_interrupted(string on, params string[] arguments)
    {
        using var process = Start(["127.0.0.1:0", .. arguments]);
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(s_deadline);
        Assert.EndsWith($" on {on}", line, StringComparison.Ordinal);
        var port = int.Parse(line!.Split(':', ' ')[3], CultureInfo.InvariantCulture);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var bytes = new byte[500_000];
        new Random(1).NextBytes(bytes);
        var sending = client.Client.SendAsync(bytes);
        var back = new byte[bytes.Length];
        await client.GetStream().ReadExactlyAsync(back).AsTask().WaitAsync(s_deadline);
        Assert.Equal(bytes, back);
        Assert.Equal(bytes.Length, await sending);
        using (Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await process.WaitForExitAsync().WaitAsync(s_deadline);
        }

        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData(2, "is no address", "nonsense")]
    [InlineData(1, "EADDRNOTAVAIL", "192.0.2.1:7000")]
    public async Task A_mistake_is_one_sentence_and_a_code(int code, string sentence, string endPoint)
    {
        using var process = Start([endPoint]);
        var errors = await process.StandardError.ReadToEndAsync().WaitAsync(s_deadline);
        await process.WaitForExitAsync().WaitAsync(s_deadline);
        Assert.Equal(code, process.ExitCode);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
    }

    private static Process Start(string[] arguments) => Process.Start(
        new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "IoActors.Service"), ["echo", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}

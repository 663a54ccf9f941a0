using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Akka.IoActors.Tests.Service;

/// <summary><c>ioactors top</c>, on a process that knows nothing of it.</summary>
public sealed class TopTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    public async Task It_shows_what_another_process_does(string backend)
    {
        using var echo = Start("echo", "127.0.0.1:0", "--backend", backend);
        var line = await echo.StandardOutput.ReadLineAsync().WaitAsync(s_deadline);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, int.Parse(line!.Split(':', ' ')[3], CultureInfo.InvariantCulture));
        using var stop = new CancellationTokenSource();
        var load = Load(client, stop.Token);

        var (code, output, errors) = await Run("top", Id(echo), "--once", "--json");
        Assert.True(code == 0, errors);
        using var sample = JsonDocument.Parse(output);
        var root = sample.RootElement;
        Assert.Equal(echo.Id, root.GetProperty("process").GetInt32());
        Assert.InRange(root.GetProperty("operations_per_second").GetDouble(), 10, 1e7);

        // What comes is what goes, 100 bytes at a time: no more than one of them is under way.
        var read = root.GetProperty("read_bytes_per_second").GetDouble();
        Assert.InRange(root.GetProperty("written_bytes_per_second").GetDouble(), read - 1000, read + 1000);
        Assert.Equal(0, root.GetProperty("failed_per_second").GetDouble());
        Assert.InRange(root.GetProperty("parked_loops").GetDouble(), 0.001, 64);
        var kinds = root.GetProperty("kinds").EnumerateArray().ToDictionary(kind => kind.GetProperty("kind").GetString()!);
        foreach (var kind in new[] { "RecvPooled", "Send" })
        {
            Assert.InRange(kinds[kind].GetProperty("per_second").GetDouble(), 5, 1e7);
            Assert.InRange(kinds[kind].GetProperty("p50").GetDouble(), 1e-9, kinds[kind].GetProperty("p99").GetDouble());
        }

        (code, output, _) = await Run("top", Id(echo), "--once");
        Assert.Equal(0, code);
        Assert.StartsWith($"process {echo.Id}: ", output, StringComparison.Ordinal);
        Assert.Contains("RecvPooled", output, StringComparison.Ordinal);

        // It says when the process ends, even if that is killed.
        using var top = Start("top", Id(echo), "--json");
        Assert.NotNull(await top.StandardOutput.ReadLineAsync().WaitAsync(s_deadline));
        await stop.CancelAsync();
        await load;
        echo.Kill();
        await top.WaitForExitAsync().WaitAsync(s_deadline);
        Assert.Equal((0, $"top: process {echo.Id} has ended"), (top.ExitCode, (await top.StandardError.ReadToEndAsync()).Trim()));
    }

    [Theory]
    [InlineData(2, "ioactors: --interval is a number of seconds from 1 to 3600 (ioactors --help says more)", "top", "1", "--interval", "0.5")]
    [InlineData(1, "top: process 999999999: Process 999999999 is not running", "top", "999999999")]
    [InlineData(1, "top: process 1: Unable to connect to Process 1", "top", "1")]
    public async Task What_cannot_be_shown_is_one_sentence(int expected, string sentence, params string[] arguments)
    {
        var (code, output, errors) = await Run(arguments);
        Assert.Equal((expected, "", sentence), (code, output, errors.Trim()));
    }

    private static async Task Load(TcpClient client, CancellationToken stop)
    {
        var bytes = new byte[100];
        while (!stop.IsCancellationRequested)
        {
            await client.GetStream().WriteAsync(bytes, CancellationToken.None);
            await client.GetStream().ReadExactlyAsync(bytes, CancellationToken.None);
        }
    }

    private static string Id(Process process) => process.Id.ToString(CultureInfo.InvariantCulture);

    private static async Task<(int Code, string Output, string Errors)> Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_deadline);
        await process.WaitForExitAsync().WaitAsync(s_deadline);
        return (process.ExitCode, output, await errors);
    }

    private static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "IoActors.Service"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}

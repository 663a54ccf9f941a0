using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Threading.Tasks;
using Xunit;

namespace Akka.IoActors.Tests.Samples;

/// <summary>The programs in samples/ are run, and do what their first lines say.</summary>
public sealed class SampleTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("samples").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task EchoServer_gives_back_what_it_gets()
    {
        using var server = Start("EchoServer", "127.0.0.1:0");
        var line = await server.StandardOutput.ReadLineAsync().WaitAsync(s_deadline);
        Assert.StartsWith("listening on 127.0.0.1:", line, StringComparison.Ordinal);
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, int.Parse(line!.Split(':')[1], CultureInfo.InvariantCulture));
            var bytes = RandomNumberGenerator.GetBytes(1_000_000);
            var sending = client.Client.SendAsync(bytes);
            var back = new byte[bytes.Length];
            var stream = client.GetStream();
            await stream.ReadExactlyAsync(back).AsTask().WaitAsync(s_deadline);
            Assert.Equal(bytes, back);
            Assert.Equal(bytes.Length, await sending);
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await stream.ReadAsync(back).AsTask().WaitAsync(s_deadline));
        }

        await Interrupt(server);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256 * 1024 * 8)]
    [InlineData(5_000_001)]
    public async Task FileCopy_copies(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        await File.WriteAllBytesAsync(PathOf("from"), bytes);
        Assert.Equal((0, $"{length} bytes\n", ""), await Run("FileCopy", PathOf("from"), PathOf("to")));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(PathOf("to")));
    }

    [Fact]
    public async Task FileCopy_says_what_is_wrong()
    {
        var (code, output, errors) = await Run("FileCopy", PathOf("none"), PathOf("to"));
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("ENOENT", errors, StringComparison.Ordinal);
        Assert.Equal(2, (await Run("FileCopy", "one")).Code);
    }

    [Fact]
    public async Task LogTailer_prints_the_lines_that_have_the_word()
    {
        await File.WriteAllTextAsync(PathOf("a.log"), "an error\nnothing\n");
        using var tailer = Start("LogTailer", "error", PathOf("a.log"), PathOf("b.log"));
        Assert.Equal("a.log: an error", await tailer.StandardOutput.ReadLineAsync().WaitAsync(s_deadline));
        await File.AppendAllTextAsync(PathOf("a.log"), "still nothing\nanother error\n");
        Assert.Equal("a.log: another error", await tailer.StandardOutput.ReadLineAsync().WaitAsync(s_deadline));
        await File.WriteAllTextAsync(PathOf("b.log"), "an error of b\n");
        Assert.Equal("b.log: an error of b", await tailer.StandardOutput.ReadLineAsync().WaitAsync(s_deadline));
        File.Move(PathOf("b.log"), PathOf("b.log.1"));
        await File.WriteAllTextAsync(PathOf("b.log"), "no\nerror after the rotation\n");
        Assert.Equal("b.log: error after the rotation", await tailer.StandardOutput.ReadLineAsync().WaitAsync(s_deadline));
        await Interrupt(tailer);
    }

    [Fact]
    public async Task WriteAheadLog_keeps_whole_records_and_nothing_of_a_torn_one()
    {
        Assert.Equal((0, "500 of 500 records are on the device\n", ""), await Run("WriteAheadLog", PathOf("log"), "append", "500"));
        var whole = new FileInfo(PathOf("log")).Length;

        // A crash in the middle of a record.
        await using (var log = new FileStream(PathOf("log"), FileMode.Append))
        {
            await log.WriteAsync(new byte[] { 200, 0, 0, 0, 1, 2, 3, 4, 5 });
        }

        Assert.Equal((0, "1 of 1 records are on the device\n", ""), await Run("WriteAheadLog", PathOf("log"), "append", "1"));
        Assert.Equal(whole + 8 + "record 0".Length, new FileInfo(PathOf("log")).Length);
        var (code, output, _) = await Run("WriteAheadLog", PathOf("log"), "read");
        Assert.Equal(0, code);
        Assert.Equal(
            Enumerable.Range(0, 500).Select(n => $"record {n}").Append("record 0").Order(StringComparer.Ordinal),
            output.TrimEnd('\n').Split('\n').Order(StringComparer.Ordinal));
        Assert.Equal(1, (await Run("WriteAheadLog", PathOf("none"), "read")).Code);
    }

    /// <summary>Where the sample has been built.</summary>
    private static string Folder(string program, [CallerFilePath] string here = "") => Path.Combine(
        Path.GetDirectoryName(here)!, "..", "..", "samples", program, "bin", AppContext.BaseDirectory.Split(Path.DirectorySeparatorChar)[^3], "net10.0");

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static async Task Interrupt(Process process)
    {
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await process.WaitForExitAsync().WaitAsync(s_deadline);
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync()));
    }

    private static async Task<(int Code, string Output, string Errors)> Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_deadline);
        await process.WaitForExitAsync().WaitAsync(s_deadline);
        return (process.ExitCode, output, await errors);
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(
        new ProcessStartInfo(Path.Combine(Folder(program), program), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}

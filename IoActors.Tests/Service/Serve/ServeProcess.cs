using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;

namespace Akka.IoActors.Tests.Service.Serve;

/// <summary><c>ioactors serve</c> of a directory of its own, run as a user runs it.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private const string Prefix = "ioactors-serve-";

    private readonly Process _process;
    private readonly Task<string> _errors;

    private ServeProcess(string folder, Process process, Uri address)
    {
        Folder = folder;
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        Address = address;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };
    }

    /// <summary>What is served. Beside it lies <c>secret</c>, which must not be.</summary>
    internal string Folder { get; }

    internal Uri Address { get; }

    /// <summary>Follows no redirection and decodes nothing.</summary>
    internal HttpClient Client { get; }

    internal int Id => _process.Id;

    /// <summary>A directory to be served, beside a secret.</summary>
    internal static string MakeFolder()
    {
        var folder = Path.Combine(Directory.CreateTempSubdirectory(Prefix).FullName, "site");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "..", "secret"), "the secret");
        return folder;
    }

    internal static async Task<ServeProcess> Start(string folder, params string[] arguments)
    {
        var process = StartProgram([folder, "--port", "0", .. arguments]);
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Deadline);
        return line is not null
            ? new ServeProcess(folder, process, new Uri(line.Split(" at ")[1].Split(' ')[0]))
            : throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
    }

    /// <summary>Runs it to its end, for mistakes in what was asked for.</summary>
    internal static async Task<(int Code, string Output, string Errors)> Run(params string[] arguments)
    {
        using var process = StartProgram(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Deadline);
        await process.WaitForExitAsync().WaitAsync(Deadline);
        return (process.ExitCode, output.Trim(), (await errors).Trim());
    }

    internal string PathOf(string name) => Path.Combine(Folder, name);

    internal byte[] Write(string name, int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        File.WriteAllBytes(PathOf(name), bytes);
        return bytes;
    }

    internal Task<HttpResponseMessage> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, headers);

    internal async Task<HttpResponseMessage> Send(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request).WaitAsync(Deadline);
    }

    /// <summary>Sends a request target as it is, which no client would, and reads to the end of the connection.</summary>
    internal async Task<string> SendRaw(string target)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Address.Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        return await new StreamReader(client.GetStream(), Encoding.Latin1).ReadToEndAsync().WaitAsync(Deadline);
    }

    /// <summary>The samples of the status page.</summary>
    internal async Task<JsonElement> Status(long after = 0)
    {
        try
        {
            using var json = JsonDocument.Parse(await Client.GetStringAsync(FormattableString.Invariant($"/status/data?after={after}")).WaitAsync(Deadline));
            return json.RootElement.Clone();
        }
        catch (HttpRequestException e) when (_process.HasExited)
        {
            throw new InvalidOperationException($"the program has ended: {await _errors}", e);
        }
    }

    /// <summary>Waits for a second whose sample is as it is wanted.</summary>
    internal async Task<JsonElement> Sample(Predicate<JsonElement> wanted)
    {
        var last = 0L;
        for (var end = Stopwatch.StartNew(); end.Elapsed < Deadline;)
        {
            foreach (var sample in (await Status(last)).GetProperty("samples").EnumerateArray())
            {
                last = sample.GetProperty("number").GetInt64();
                if (wanted(sample))
                {
                    return sample;
                }
            }
        }

        throw new TimeoutException("no such second");
    }

    /// <summary>Ctrl-C.</summary>
    internal void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>The next line that it prints.</summary>
    internal Task<string?> ReadLine() => _process.StandardOutput.ReadLineAsync().WaitAsync(Deadline);

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code, and what it has printed since the start.</returns>
    internal async Task<(int Code, IReadOnlyList<string> Lines, string Errors)> End()
    {
        var output = await _process.StandardOutput.ReadToEndAsync().WaitAsync(Deadline);
        await _process.WaitForExitAsync().WaitAsync(Deadline);
        return (_process.ExitCode, output.Trim().Split('\n'), await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        if (Path.GetFileName(Path.GetDirectoryName(Folder))!.StartsWith(Prefix, StringComparison.Ordinal))
        {
            // One of MakeFolder's; any other is not ours.
            Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);
        }
    }

    private static Process StartProgram(string[] arguments) => Process.Start(
        new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "IoActors.Service"), ["serve", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}

using System;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks;

/// <summary>A side that runs in a process of its own (<see cref="Worker"/>), as the coordinator sees it.</summary>
internal sealed class WorkerProcess : ISide
{
    private readonly Process _process;
    private readonly SideSpec _spec;

    private WorkerProcess(Process process, SideSpec spec)
    {
        _process = process;
        _spec = spec;
    }

    internal static async Task<ISide> Start(SideSpec spec)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "worker", spec.Text },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // Where a virtual machine does not report its caches, .NET collects after every 256 KiB: 64 MiB for all sides.
        start.Environment["DOTNET_GCgen0size"] = "4000000";
        foreach (var variable in spec.Environment)
        {
            var parts = variable.Split('=', 2);
            start.Environment[parts[0]] = parts[1];
        }

        var worker = new WorkerProcess(Process.Start(start)!, spec);
        await worker.ReadLine();
        return worker;
    }

    public async Task<Sample> Run(TimeSpan time)
    {
        await _process.StandardInput.WriteLineAsync(time.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        await _process.StandardInput.FlushAsync();
        return JsonSerializer.Deserialize<Sample>(await ReadLine())!;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        _process.Dispose();
    }

    private async Task<string> ReadLine()
    {
        try
        {
            return await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(3))
                ?? throw new BenchmarkException($"{_spec.Text}: its process has ended; what it said stands above.");
        }
        catch (TimeoutException)
        {
            _process.Kill();
            throw new BenchmarkException($"{_spec.Text}: no answer within three minutes.");
        }
    }
}

/// <summary>A row that could not be measured.</summary>
internal sealed class BenchmarkException(string message, Exception? cause = null) : Exception(message, cause);

using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace Akka.IoActors.Service.Nodes;

/// <summary>A node in a process of its own: this program, run as <c>node</c>.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _output;

    private NodeProcess(Process process, string name, string address, Task output)
    {
        (_process, Name, Address, _output) = (process, name, address, output);
    }

    internal string Name { get; }

    /// <summary>host:port.</summary>
    internal string Address { get; }

    internal int Id => _process.Id;

    /// <summary>Starts a node, and waits until it has said where it is.</summary>
    internal static async Task<NodeProcess> Start(string name, TimeSpan deadline, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["node", "--name", name, .. arguments])
        {
            RedirectStandardOutput = true,

            // That another one is killed is what this is about: Akka.Remote says at length that it is so.
            Environment = { ["IOACTORS_LOGLEVEL"] = Environment.GetEnvironmentVariable("IOACTORS_LOGLEVEL") ?? "OFF" },
        })!;
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(deadline);
        Check.That(line is not null, $"node {name} has not come up");
        return new NodeProcess(process, name, line!.Split(" at ")[1].Split(' ')[0], process.StandardOutput.ReadToEndAsync());
    }

    /// <summary>SIGKILL.</summary>
    internal void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        await _output;
        _process.Dispose();
    }
}

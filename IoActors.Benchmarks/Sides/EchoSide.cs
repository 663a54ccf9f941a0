using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// A TCP server on loopback in this process, and a load generator (<see cref="EchoLoad"/>) in another. Operations,
/// latencies and idle memory are the generator's; CPU and allocations are the server's.
/// </summary>
internal sealed class EchoSide : ISide
{
    private readonly SideSpec _spec;
    private readonly IEchoServer _server;

    public EchoSide(SideSpec spec)
    {
        _spec = spec;
        _server = spec.Get("stack") switch
        {
            "akka" or "ours" => new ProtocolEchoServer(spec),
            "akka-stream" or "our-stream" => new StreamEchoServer(spec),
            "bare" => new BareEchoServer(spec),
            "socket" => new SocketEchoServer(),
            _ => new RingEchoServer(spec),
        };
    }

    public async Task<Sample> Run(TimeSpan time)
    {
        var idle = _spec.Get("mode") == "idle";
        var memory = idle ? Buffers.Resident() : 0;
        using var load = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList =
            {
                "load",
                _spec.Get("mode", "echo"),
                ((IPEndPoint)_server.Address).Port.ToString(CultureInfo.InvariantCulture),
                _spec.Get("conns", "1"),
                _spec.Get("size", "64"),
                time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            },
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        if (await load.StandardOutput.ReadLineAsync() != EchoLoad.Ready)
        {
            throw new BenchmarkException("the load generator does not start");
        }

        var meter = new Meter();
        var sample = JsonSerializer.Deserialize<Sample>(
            await load.StandardOutput.ReadLineAsync() ?? throw new BenchmarkException("the load generator has ended"))!;
        if (idle)
        {
            // The generator keeps its connections until it is told to go on.
            sample = sample with { Value = (Buffers.Resident() - memory) / (double)_spec.Number("conns") };
        }

        load.StandardInput.Close();
        await load.WaitForExitAsync();
        var operations = Math.Max(1, (long)(sample.OpsPerSecond * time.TotalSeconds));
        var mine = meter.Stop(operations);
        return sample with { CpuMicros = mine.CpuMicros, Bytes = mine.Bytes };
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

/// <summary>Gives each connection back what it sends.</summary>
internal interface IEchoServer : IAsyncDisposable
{
    EndPoint Address { get; }
}

/// <summary>Loops of ReceiveAsync and SendAsync.</summary>
internal sealed class SocketEchoServer : IEchoServer
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public SocketEchoServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _ = Accept();
    }

    public EndPoint Address => _listener.LocalEndPoint!;

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task Accept()
    {
        while (true)
        {
            _ = Echo(await _listener.AcceptAsync());
        }
    }

    private static async Task Echo(Socket socket)
    {
        using var connection = socket;
        connection.NoDelay = true;
        var buffer = new byte[EchoLoad.ServerBuffer];
        try
        {
            while (await connection.ReceiveAsync(buffer) is > 0 and var received)
            {
                for (var sent = 0; sent < received;)
                {
                    sent += await connection.SendAsync(buffer.AsMemory(sent, received - sent));
                }
            }
        }
        catch (SocketException)
        {
            // The peer went away; so does the connection.
        }
    }
}

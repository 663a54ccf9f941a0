using System;
using System.IO;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// A web server under wrk: <c>stack</c> is Kestrel's own transport (<c>sockets</c>), ours (<c>ours</c>, its handlers by <c>place</c>),
/// <c>ioactors serve</c> (<c>serve</c>), or <c>nginx</c>; <c>path</c> is <c>plain</c>, <c>4k</c> or <c>1m</c>.
/// </summary>
internal sealed class WebSide(SideSpec spec) : ISide
{
    /// <summary>Until what is hot has been compiled for the second time, which takes a web server longer than others.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(4);

    private IWebServer? _server;

    public async Task<Sample> Run(TimeSpan time)
    {
        var url = $"{(_server ??= await Start()).Address}/{spec.Get("path")}";
        var before = _server.Cpu;
        var wrk = await Wrk.Run(url, spec.Number("conns"), time);
        var cpu = _server.Cpu - before;
        return new Sample(wrk.PerSecond, cpu.TotalMicroseconds / wrk.Requests, 0, wrk.P50Micros, wrk.P99Micros);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<IWebServer> Start()
    {
        var folder = MakeSite(spec);
        var server = spec.Get("stack") switch
        {
            "serve" => await ServerProcess.StartServe(folder),
            "nginx" => await ServerProcess.StartNginx(folder),
            _ => await KestrelServer.Start(spec, folder),
        };
        await Wrk.Run($"{server.Address}/{spec.Get("path")}", spec.Number("conns"), s_warmUp);
        return server;
    }

    /// <summary>The files that are served.</summary>
    internal static string MakeSite(SideSpec spec)
    {
        var site = Directory.CreateDirectory(Path.Combine(spec.Get("folder"), "site")).FullName;
        foreach (var (name, size) in new[] { ("4k", 4096), ("1m", 1 << 20) })
        {
            var bytes = new byte[size];
            new Random(size).NextBytes(bytes);
            var path = Path.Combine(site, name);
            if (!File.Exists(path))
            {
                File.WriteAllBytes(path, bytes);
            }
        }

        return site;
    }
}

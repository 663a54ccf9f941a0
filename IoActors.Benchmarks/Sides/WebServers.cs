using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>A web server that is measured, and the processor time that it has taken.</summary>
internal interface IWebServer : IAsyncDisposable
{
    /// <summary>Such as <c>http://127.0.0.1:12345</c>.</summary>
    string Address { get; }

    /// <summary>User and system time so far.</summary>
    TimeSpan Cpu { get; }
}

/// <summary>The least that Kestrel does, on its own transport or on ours: <c>/plain</c>, and files by ASP.NET Core's own middleware.</summary>
internal sealed class KestrelServer : IWebServer
{
    private readonly WebApplication _app;
    private readonly ActorSystem? _system;

    private KestrelServer(WebApplication app, ActorSystem? system)
    {
        _app = app;
        _system = system;
    }

    public string Address => _app.Urls.First();

    public TimeSpan Cpu => Environment.CpuUsage.TotalTime;

    internal static async Task<IWebServer> Start(SideSpec spec, string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var system = spec.Get("stack") == "ours" ? ProtocolEchoServer.MakeSystem(spec) : null;
        if (system is not null)
        {
            builder.WebHost.UseIoActors(
                options => options.Scheduling = spec.Get("place") == "loop" ? IoScheduling.Loop : IoScheduling.ThreadPool, system);
        }

        var app = builder.Build();
        var hello = "Hello, World!"u8.ToArray();
        app.Use((context, next) =>
        {
            if (context.Request.Path != "/plain")
            {
                return next(context);
            }

            context.Response.ContentType = "text/plain";
            context.Response.ContentLength = hello.Length;
            return context.Response.Body.WriteAsync(hello).AsTask();
        });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(folder), ServeUnknownFileTypes = true });
        await app.StartAsync();
        return new KestrelServer(app, system);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        if (_system is not null)
        {
            await _system.Terminate();
        }
    }
}

/// <summary>A server that is a program of its own: <c>ioactors serve</c>, or nginx.</summary>
internal sealed class ServerProcess : IWebServer
{
    // sysconf(_SC_CLK_TCK) of every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    private readonly Process _process;

    private ServerProcess(Process process, string address)
    {
        _process = process;
        Address = address;
    }

    public string Address { get; }

    /// <summary>Of the process and its children: nginx works in those.</summary>
    public TimeSpan Cpu => Directory.GetDirectories("/proc")
        .Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _))
        .Select(Stat)
        .Where(stat => stat is not null && (stat.Value.Id == _process.Id || stat.Value.Parent == _process.Id))
        .Aggregate(TimeSpan.Zero, (sum, stat) => sum + stat!.Value.Cpu);

    internal static async Task<IWebServer> StartServe(string folder, params string[] options)
    {
        var program = Path.GetFullPath("artifacts/program/IoActors.Service");
        var process = Process.Start(new ProcessStartInfo(program, ["serve", folder, "--port", "0", .. options])
        {
            RedirectStandardOutput = true,
        })!;
        var line = await process.StandardOutput.ReadLineAsync();
        return line is not null
            ? new ServerProcess(process, line.Split(" at ")[1].Split(' ')[0])
            : throw new BenchmarkException($"{program} serve {folder}: it has ended; what it said stands above.");
    }

    internal static async Task<IWebServer> StartNginx(string folder)
    {
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var work = Directory.CreateDirectory(Path.Combine(folder, "..", "nginx")).FullName;
        var configuration = Path.Combine(work, "nginx.conf");
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            worker_processes auto;
            daemon off;
            pid {{work}}/nginx.pid;
            error_log stderr error;
            events { worker_connections 4096; }
            http {
              access_log off;
              sendfile on;
              tcp_nopush on;
              keepalive_requests 1000000000;
              client_body_temp_path {{work}}/body; proxy_temp_path {{work}}/proxy; fastcgi_temp_path {{work}}/fastcgi;
              uwsgi_temp_path {{work}}/uwsgi; scgi_temp_path {{work}}/scgi;
              server {
                listen 127.0.0.1:{{port}} backlog=1024;
                root {{folder}};
                location = /plain { default_type text/plain; return 200 "Hello, World!"; }
              }
            }
            """);
        var process = Process.Start(new ProcessStartInfo("nginx", ["-p", work, "-c", configuration]))!;
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port);
                return new ServerProcess(process, FormattableString.Invariant($"http://127.0.0.1:{port}"));
            }
            catch (SocketException) when (!process.HasExited)
            {
                await Task.Delay(20);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static (int Id, int Parent, TimeSpan Cpu)? Stat(string folder)
    {
        string[] fields;
        try
        {
            // What follows the name, which may have blanks and brackets in it: state, parent, …, utime and stime.
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }

        var culture = CultureInfo.InvariantCulture;
        return (
            int.Parse(Path.GetFileName(folder), culture),
            int.Parse(fields[1], culture),
            TimeSpan.FromSeconds((long.Parse(fields[11], culture) + long.Parse(fields[12], culture)) / TicksPerSecond));
    }
}

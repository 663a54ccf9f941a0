using System;
using System.IO;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using OpenTelemetry.Metrics;
using Serilog;

namespace Akka.IoActors.Service.Serve;

/// <summary>The web application of <c>ioactors serve</c>: from its start to the end of its last request.</summary>
internal static class WebService
{
    /// <summary>No request to this service has a body worth more.</summary>
    private const long MostBody = 64 * 1024;

    /// <summary>Bytes of a connection that are read ahead of what is sent: a file goes out in pieces of this size.</summary>
    private const long WriteBuffer = 256 * 1024;

    /// <summary>Serves until it is cancelled.</summary>
    /// <returns>The exit code.</returns>
    internal static async Task<int> Run(ServiceHost host, ServeOptions options, CancellationToken cancellation)
    {
        var directory = Path.GetFullPath(options.Directory);
        var opened = await host.Io.Client.OpenAsync(directory, OpenFlags.ReadOnly | OpenFlags.Directory, cancellation: CancellationToken.None);
        if (!opened.IsSuccess)
        {
            return await Fail($"{options.Directory}: {opened.Error.Name()}", ServiceHost.BadUsage);
        }

        using var root = opened.Handle;
        var beneath = await host.Io.Client.SubmitAsync(
            new Open(root, ".", OpenFlags.ReadOnly | OpenFlags.Directory, resolve: ResolveFlags.Beneath), CancellationToken.None);
        if (!beneath.IsSuccess)
        {
            return await Fail(
                $"the kernel does not keep paths beneath {options.Directory} (openat2: {beneath.Error.Name()}): that takes Linux 5.6, and no sandbox that forbids it", 1);
        }

        beneath.Handle.Dispose();
        var info = await host.Io.Client.GetInfoAsync(CancellationToken.None);
        await using var sampler = new StatusSampler(host.Io);
        WebApplication app;
        try
        {
            app = Build(host, options, root, sampler, directory, $"{info.Backend} ({host.Io.Loops.Count} {(host.Io.Loops.Count == 1 ? "loop" : "loops")})");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return await Fail($"{options.Certificate}: {e.Message}", ServiceHost.BadUsage);
        }

        await using (app)
        {
            try
            {
                await app.StartAsync(CancellationToken.None);
            }
            catch (IOException e)
            {
                return await Fail(e.Message, 1);
            }

            foreach (var url in app.Urls)
            {
                Console.WriteLine($"serve: {directory} at {url} on {info.Backend}; {url}/status shows how it fares{(options.Chaos ? ", and breaks it" : "")}");
            }

            try
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            catch (OperationCanceledException)
            {
                // Interrupted: no further connection, and those that are here may finish.
                Console.WriteLine("serve: draining");
            }

            await app.StopAsync(CancellationToken.None);
        }

        var counters = (await host.Io.Client.GetInfoAsync(CancellationToken.None)).Counters;
        var totals = sampler.Totals;
        Console.WriteLine(FormattableString.Invariant(
            $"serve: requests={totals.Requests} failed={totals.Failed} cut={totals.Cut} sent={counters.BytesWritten} restarts={counters.Restarts}"));
        return 0;
    }

    private static WebApplication Build(
        ServiceHost host, ServeOptions options, SafeFileHandle root, StatusSampler sampler, string directory, string backend)
    {
        var builder = WebApplication.CreateSlimBuilder();

        // How it is served is what the command line says, whatever the environment has for other programs.
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Logging.AddSerilog(
            new LoggerConfiguration().MinimumLevel.Warning()
                // That it has not started, and why, is what the command says.
                .Filter.ByExcluding(each => each.MessageTemplate.Text == "Hosting failed to start")
                .WriteTo.Logger(Log.Logger)
                .CreateLogger(),
            dispose: true);
        builder.WebHost.UseIoActors(transport =>
        {
            transport.Scheduling = options.Scheduling;
            transport.MaxWriteBufferSize = WriteBuffer;
        }, host.System);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostBody;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections == 0 ? null : options.MaxConnections;
            kestrel.Listen(options.Address, options.Port, listen =>
            {
                if (options.Tls)
                {
                    listen.UseHttps(ServeCertificate.Get(options));
                }
            });
        });
        var services = builder.Services;

        // The signal is the command line's, which cancels this command.
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Drain);
        services.AddRouting();
        services.AddResponseCompression(compression =>
        {
            // What is served is files: nothing of it is secret to who may ask for it.
            compression.EnableForHttps = true;
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml"];
        });
        services.AddHealthChecks().AddCheck("io", () => Check(host), tags: ["ready"]);
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("Akka.IoActors", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter());

        var app = builder.Build();
        app.Use((context, next) => CountCut(context, next, sampler));
        app.UseResponseCompression();
        app.MapPrometheusScrapingEndpoint("/metrics");
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });

        // Its name alone: where it lies is not for everybody to know.
        StatusPage.Map(app, host, sampler, Path.GetFileName(directory.TrimEnd('/')) is { Length: > 0 } name ? name : "/", backend, options.Chaos);
        var files = new StaticFiles(
            host.Io, root, options.Scheduling == IoScheduling.Loop, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ioactors.serve"));
        app.Map("/{**path}", files.Serve);
        return app;
    }

    private static async Task CountCut(HttpContext context, RequestDelegate next, StatusSampler sampler)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The peer has gone: nobody is left to be told.
        }

        // The last bytes are not sent yet: who is gone now has not got them all.
        if (context.RequestAborted.IsCancellationRequested)
        {
            sampler.CountCut();
        }
    }

    private static HealthCheckResult Check(ServiceHost host) => host.Io.Health switch
    {
        IoHealth.Up => HealthCheckResult.Healthy(),
        IoHealth.Down => HealthCheckResult.Unhealthy("The I/O service is down."),
        var health => HealthCheckResult.Degraded($"The I/O service is {health}."),
    };

    private static async Task<int> Fail(string sentence, int code)
    {
        await Console.Error.WriteLineAsync($"serve: {sentence}");
        return code;
    }

    /// <summary>Ends when it is told to, by nobody else.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

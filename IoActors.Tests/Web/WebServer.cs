using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.AspNetCore;
using Akka.IoActors.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Akka.IoActors.Tests.Web;

/// <summary>Kestrel on a transport: its own (<c>sockets</c>), or ours (<c>io-uring</c>, <c>epoll loop</c>, …).</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly Complaints _complaints;

    private WebServer(WebApplication app, ActorSystem? system, Complaints complaints)
    {
        _app = app;
        System = system;
        _complaints = complaints;
    }

    /// <summary>What was logged as an error: no client is able to cause one.</summary>
    internal IReadOnlyCollection<string> Errors => _complaints.Errors;

    /// <summary>The actor system below; null for Kestrel's own transport.</summary>
    internal ActorSystem? System { get; }

    internal Uri Address => new(_app.Urls.First());

    internal IPEndPoint EndPoint => new(IPAddress.Loopback, Address.Port);

    /// <param name="transport">The transport.</param>
    /// <param name="map">What the application does.</param>
    /// <param name="listen">Where it listens; on a port of loopback if null.</param>
    /// <param name="more">Settings of the service below.</param>
    internal static async Task<WebServer> Start(string transport, Action<WebApplication> map, Action<KestrelServerOptions>? listen = null, string more = "")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var complaints = new Complaints();
        builder.Logging.AddProvider(complaints);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => (listen ?? (kestrel => kestrel.Listen(IPAddress.Loopback, 0)))(options));
        ActorSystem? system = null;
        if (transport != "sockets")
        {
            system = BackendFixture.Start(
                transport.Split(' ')[0], $"{(transport.Contains("loops", StringComparison.Ordinal) ? "io-actors.loops = 2" : "")}\n{more}");
            builder.WebHost.UseIoActors(
                options => options.Scheduling = transport.EndsWith("on-loop", StringComparison.Ordinal) ? IoScheduling.Loop : IoScheduling.ThreadPool,
                system);
        }

        var app = builder.Build();
        app.UseWebSockets();
        map(app);
        var server = new WebServer(app, system, complaints);
        try
        {
            await app.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    internal Task Stop(CancellationToken now = default) => _app.StopAsync(now);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        if (System is { } system)
        {
            await system.Terminate();
        }
    }

    /// <summary>Keeps what is logged as an error or worse.</summary>
    private sealed class Complaints : ILoggerProvider, ILogger
    {
        internal ConcurrentQueue<string> Errors { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Errors.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }

    /// <summary>A certificate for localhost that nobody else knows.</summary>
    internal static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var signed = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pfx), null);
    }
}

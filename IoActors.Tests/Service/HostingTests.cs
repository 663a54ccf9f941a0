using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Hosting;
using Akka.IoActors.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Akka.IoActors.Tests.Service;

/// <summary>The service in .NET's generic host.</summary>
public sealed class HostingTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_host_has_client_refs_and_health_and_ends_in_order()
    {
        using var host = Make((builder, _) => builder.WithIoActors(options =>
        {
            options.Backend = BackendChoice.Epoll;
            options.Loops = 2;
            options.DrainTimeout = TimeSpan.FromSeconds(3);
            options.Hocon = "offload.threads = 7";
        }));
        await host.StartAsync().WaitAsync(s_deadline);
        var io = host.Services.GetRequiredService<IoActorsExtension>();
        Assert.Equal((BackendChoice.Epoll, 2, 7), (io.Settings.Backend, io.Settings.Loops, io.Settings.OffloadThreads));
        Assert.Equal(TimeSpan.FromSeconds(3), io.Settings.DrainTimeout);
        Assert.Same(io.Client, host.Services.GetRequiredService<IoClient>());
        Assert.Same(io.Backend, host.Services.GetRequiredService<IRequiredActor<IoBackend>>().ActorRef);
        Assert.Same(io.Tcp, host.Services.GetRequiredService<IRequiredActor<IoTcpManager>>().ActorRef);
        Assert.Same(io.Files, host.Services.GetRequiredService<IRequiredActor<IoFileManager>>().ActorRef);
        Assert.Same(io.Udp, host.Services.GetRequiredService<IRequiredActor<IoUdpManager>>().ActorRef);

        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "hosted");
        await using (var file = await IoFileStream.OpenAsync(io.Client, path))
        {
            using var reader = new StreamReader(file);
            Assert.Equal("hosted", await reader.ReadToEndAsync());
        }

        File.Delete(path);
        Assert.Equal(HealthStatus.Healthy, await HealthOf(host));
        var idle = io.Client.DelayAsync(TimeSpan.FromDays(1)).AsTask();
        await io.StopAsync();
        Assert.Equal(HealthStatus.Unhealthy, await HealthOf(host));
        Assert.Equal(Errno.ECANCELED, (await idle.WaitAsync(s_deadline)).Error);
        await host.StopAsync().WaitAsync(s_deadline);
    }

    [Fact]
    public async Task What_the_service_logs_reaches_ILogger()
    {
        var log = new OneLine();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddIoActors().AddAkka("hosted", akka => akka
            .ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            })
            .WithIoActors(options => options.Loops = 1));
        using var host = builder.Build();
        await host.StartAsync().WaitAsync(s_deadline);
        var io = host.Services.GetRequiredService<IoActorsExtension>();
        io.Backend.Tell(Kill.Instance, ActorRefs.NoSender);
        var (level, text) = await log.Restarted.Task.WaitAsync(s_deadline);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains("is restarted", text, StringComparison.Ordinal);
        await host.StopAsync().WaitAsync(s_deadline);
    }

    [Fact]
    public async Task Options_come_from_configuration()
    {
        using var host = Make(
            (builder, configuration) => builder.WithIoActors(configuration.GetSection("IoActors")),
            ("IoActors:backend", "thread-pool"),
            ("IoActors:buffers:count", "16"));
        await host.StartAsync().WaitAsync(s_deadline);
        var settings = host.Services.GetRequiredService<IoActorsExtension>().Settings;
        Assert.Equal((BackendChoice.ThreadPool, 16), (settings.Backend, settings.BufferCount));
        await host.StopAsync().WaitAsync(s_deadline);
    }

    [Theory]
    [InlineData("IoActors:backend", "windows", "io-actors.backend")]
    [InlineData("IoActors:buffers:count", "0", "io-actors.buffers.count")]
    [InlineData("IoActors:bufers", "1", "io-actors.bufers")]
    public async Task A_mistake_ends_the_start_of_the_host_and_names_its_key(string key, string value, string named)
    {
        using var host = Make((builder, configuration) => builder.WithIoActors(configuration.GetSection("IoActors")), (key, value));
        var e = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync().WaitAsync(s_deadline));
        Assert.Contains(named, e.ToString(), StringComparison.Ordinal);
    }

    private static async Task<HealthStatus> HealthOf(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return report.Entries.Single(entry => entry.Value.Tags.Contains("io-actors")).Value.Status;
    }

    private static IHost Make(
        Action<AkkaConfigurationBuilder, IConfiguration> configure, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(each => KeyValuePair.Create(each.Key, (string?)each.Value)));
        builder.Services.AddHealthChecks();
        builder.Services.AddIoActors().AddAkka("hosted", akka => configure(akka, builder.Configuration));
        return builder.Build();
    }

    /// <summary>A logger that waits for one line.</summary>
    private sealed class OneLine : ILoggerProvider, ILogger
    {
        internal TaskCompletionSource<(LogLevel Level, string Text)> Restarted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = formatter(state, exception);
            if (text.Contains("is restarted", StringComparison.Ordinal))
            {
                Restarted.TrySetResult((logLevel, text));
            }
        }

        public void Dispose()
        {
        }
    }
}

using System;
using System.Linq;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Akka.IoActors.Hosting;

/// <summary>Brings the I/O service into a host whose actor system Akka.Hosting makes.</summary>
public static class IoActorsHosting
{
    private const string Section = "io-actors";

    /// <summary>
    /// Registers the I/O service of the host's actor system (<see cref="IoActorsExtension"/>) and its client (<see cref="IoClient"/>) for
    /// injection. To be used with <c>AddAkka(…)</c>, in either order.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <exception cref="ArgumentNullException">There are none.</exception>
    public static IServiceCollection AddIoActors(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(static provider => provider.GetRequiredService<ActorSystem>().IoActors());
        services.TryAddSingleton(static provider => provider.GetRequiredService<IoActorsExtension>().Client);
        return services;
    }

    /// <summary>
    /// Starts the I/O service with the actor system, so that a mistake in its configuration ends the start of the host, and registers its
    /// refs: <see cref="IoBackend"/>, <see cref="IoTcpManager"/>, <see cref="IoUdpManager"/> and <see cref="IoFileManager"/> for <c>IRequiredActor&lt;…&gt;</c>. Adds the
    /// health check <c>io-actors</c>. The service ends with the system: what was sent is finished or answered within <c>drain-timeout</c>.
    /// </summary>
    /// <param name="builder">The configuration of the actor system.</param>
    /// <param name="configure">Sets options; those of <c>reference.conf</c> hold for what it leaves out.</param>
    public static AkkaConfigurationBuilder WithIoActors(
        this AkkaConfigurationBuilder builder, Action<IoActorsOptions>? configure = null)
    {
        var options = new IoActorsOptions();
        configure?.Invoke(options);
        return WithIoActors(builder, options.ToConfig());
    }

    /// <summary>
    /// The same, with options from .NET's configuration: a section with the keys of <c>reference.conf</c>, such as
    /// <c>"IoActors": { "backend": "io-uring", "offload": { "threads": "8" } }</c>.
    /// </summary>
    /// <param name="builder">The configuration of the actor system.</param>
    /// <param name="section">The section, of whatever name.</param>
    public static AkkaConfigurationBuilder WithIoActors(this AkkaConfigurationBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var lines =
            from pair in section.AsEnumerable(makePathsRelative: true)
            where pair.Value is not null
            select $"{Section}.{pair.Key.Replace(':', '.')} = \"{pair.Value!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        return WithIoActors(builder, ConfigurationFactory.ParseString(string.Join('\n', lines)));
    }

    private static AkkaConfigurationBuilder WithIoActors(AkkaConfigurationBuilder builder, Config config)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder
            .AddHocon(config, HoconAddMode.Prepend)
            .WithActors(static (system, registry) =>
            {
                var io = system.IoActors();
                registry.Register<IoBackend>(io.Backend);
                registry.Register<IoTcpManager>(io.Tcp);
                registry.Register<IoUdpManager>(io.Udp);
                registry.Register<IoFileManager>(io.Files);
            })
            .WithHealthCheck(new AkkaHealthCheckRegistration(Section, new IoActorsHealthCheck(), null, ["io-actors", "ready", "live"]));
    }
}

/// <summary>The key of the backend's ref: <c>IRequiredActor&lt;IoBackend&gt;</c>.</summary>
public sealed class IoBackend
{
    private IoBackend()
    {
    }
}

/// <summary>The key of the ref that speaks Akka.IO's Tcp protocol: <c>IRequiredActor&lt;IoTcpManager&gt;</c>.</summary>
public sealed class IoTcpManager
{
    private IoTcpManager()
    {
    }
}

/// <summary>The key of the ref that speaks Akka.IO's Udp protocols: <c>IRequiredActor&lt;IoUdpManager&gt;</c>.</summary>
public sealed class IoUdpManager
{
    private IoUdpManager()
    {
    }
}

/// <summary>The key of the ref that opens files as actors: <c>IRequiredActor&lt;IoFileManager&gt;</c>.</summary>
public sealed class IoFileManager
{
    private IoFileManager()
    {
    }
}

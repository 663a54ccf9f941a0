using System;
using System.Linq;
using Akka.Actor;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.IoActors.AspNetCore;

/// <summary>Puts Kestrel on the I/O service.</summary>
public static class IoActorsWebHostBuilder
{
    /// <summary>
    /// Has Kestrel's connections served by the I/O service of the host's actor system: TCP over IPv4 and IPv6, and Unix sockets. Everything above the
    /// bytes (HTTP/1.1, HTTP/2, TLS, WebSockets) stays Kestrel's. Also registers an <see cref="IConnectionFactory"/>, for clients.
    /// </summary>
    /// <param name="builder">The web host's builder: <c>WebApplicationBuilder.WebHost</c>.</param>
    /// <param name="configure">Sets options.</param>
    /// <param name="system">The actor system; the one that is registered with the host, as by Akka.Hosting, if null.</param>
    public static IWebHostBuilder UseIoActors(
        this IWebHostBuilder builder, Action<IoTransportOptions>? configure = null, ActorSystem? system = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services =>
        {
            services.AddOptions<IoTransportOptions>()
                .Validate(options => options.Backlog > 0, "IoTransportOptions.Backlog must be positive.")
                .Validate(options => options.MaxReadBufferSize >= 0, "IoTransportOptions.MaxReadBufferSize must not be negative.")
                .Validate(options => options.MaxWriteBufferSize >= 0, "IoTransportOptions.MaxWriteBufferSize must not be negative.")
                .ValidateOnStart();
            if (configure is not null)
            {
                services.Configure(configure);
            }

            services.TryAddSingleton(provider => new IoTransport(
                (system ?? provider.GetService<ActorSystem>() ?? throw new InvalidOperationException(
                    "UseIoActors needs an actor system: register one (AddAkka, or AddSingleton<ActorSystem>), or hand it over.")).IoActors(),
                provider.GetRequiredService<IOptions<IoTransportOptions>>().Value,
                provider.GetRequiredService<ILoggerFactory>(),
                provider.GetService<IMemoryPoolFactory<byte>>()));

            // Behind the default transport: Kestrel asks the one that was registered last first.
            services.AddSingleton<IConnectionListenerFactory>(static provider => provider.GetRequiredService<IoTransport>());
            services.AddSingleton<IConnectionFactory>(static provider => provider.GetRequiredService<IoTransport>());
        });
    }
}

using System;
using System.CommandLine;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.IoActors.Service;

/// <summary>The actor system of a command, with its I/O service.</summary>
internal sealed class ServiceHost : IAsyncDisposable
{
    /// <summary>The exit code for a mistake in what was asked for.</summary>
    internal const int BadUsage = 2;

    private ServiceHost(ActorSystem system)
    {
        System = system;
        Io = system.IoActors();
    }

    internal ActorSystem System { get; }

    internal IoActorsExtension Io { get; }

    /// <summary>The option <c>--backend</c>; the environment variable IOACTORS_BACKEND is its default.</summary>
    internal static Option<string> BackendOption() => new("--backend")
    {
        Description = "auto, io-uring, epoll or thread-pool (default: the environment variable IOACTORS_BACKEND, or auto)",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("IOACTORS_BACKEND") is { Length: > 0 } backend
            ? backend
            : "auto",
    };

    /// <summary>Runs a command in a system with a backend.</summary>
    /// <param name="name">The command, as error messages name it.</param>
    /// <param name="backend">The backend, as the configuration names it.</param>
    /// <param name="command">Gets the system, gives the exit code.</param>
    /// <param name="settings">Settings beside the backend.</param>
    internal static async Task<int> Run(
        string name, string backend, Func<ServiceHost, Task<int>> command, string settings = "")
    {
        ServiceHost? host = null;
        try
        {
            host = Start(backend, settings);
        }
        catch (ConfigurationException e)
        {
            await Console.Error.WriteLineAsync($"{name}: {e.Message}");
            return BadUsage;
        }

        await using (host)
        {
            return await command(host);
        }
    }

    public async ValueTask DisposeAsync() => await System.Terminate();

    private static ServiceHost Start(string backend, string settings)
    {
        var level = Environment.GetEnvironmentVariable("IOACTORS_LOGLEVEL") is { Length: > 0 } wanted ? wanted : "WARNING";
        var system = ActorSystem.Create(
            "ioactors",
            ConfigurationFactory.ParseString(
                $$"""
                io-actors.backend = "{{backend.Replace("\"", "", StringComparison.Ordinal)}}"
                akka {
                  loggers = ["Akka.IoActors.SerilogLogger, IoActors"]
                  loglevel = {{level}}
                  stdout-loglevel = OFF
                  log-dead-letters = off
                  coordinated-shutdown.run-by-clr-shutdown-hook = off
                }
                {{settings}}
                """));
        try
        {
            return new ServiceHost(system);
        }
        catch
        {
            system.Terminate().Wait();
            throw;
        }
    }
}

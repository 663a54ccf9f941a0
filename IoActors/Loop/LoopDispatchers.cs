using System.Threading;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.IoActors.Loop;

/// <summary>Registers loop dispatchers beside the one that the configuration names.</summary>
internal static class LoopDispatchers
{
    private const string Template = "io-actors.loop-dispatcher";

    private static int s_last;

    /// <summary>Adds a dispatcher with a loop of its own to the system.</summary>
    /// <returns>Its id.</returns>
    internal static string Add(ActorSystem system)
    {
        var id = $"{Template}-{Interlocked.Increment(ref s_last)}";
        var config = ConfigurationFactory.ParseString($"id = \"{id}\"")
            .WithFallback(IoSettings.Of(system).Config.GetConfig("loop-dispatcher"));
        system.Dispatchers.RegisterConfigurator(
            id, new LoopDispatcherConfigurator(config, system.Dispatchers.Prerequisites));
        return id;
    }
}

using System;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Backends.IoUring;

namespace Akka.IoActors.Supervision;

/// <summary>The backend that was chosen, and why.</summary>
internal sealed record BackendSelection(string Backend, string Reason)
{
    /// <summary>Chooses: <c>auto</c> by what is there, an explicit choice without any falling back.</summary>
    /// <exception cref="ConfigurationException">The backend that was asked for is not to be had.</exception>
    internal static BackendSelection Choose(IoSettings settings)
    {
        var probe = IoUringProbe.Run();
        if (probe.IsAvailable)
        {
            return new BackendSelection(
                "io_uring",
                settings.Backend == BackendChoice.Auto
                    ? $"Linux {probe.Kernel} has all that it needs"
                    : "the configuration asks for it");
        }

        throw new ConfigurationException(
            $"io-actors.backend = {(settings.Backend == BackendChoice.Auto ? "auto" : "io-uring")}: {probe.Obstacle}.");
    }

    internal Props Props(ActorSystem system, IoSettings settings) => Backend switch
    {
        "io_uring" => IoUringBackend.Props(system, settings),
        _ => throw new InvalidOperationException($"no backend is called {Backend}"),
    };
}

using System;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Backends;
using Akka.IoActors.Backends.Epoll;
using Akka.IoActors.Backends.IoUring;
using Akka.IoActors.Backends.ThreadPool;

namespace Akka.IoActors.Supervision;

/// <summary>The backend that was chosen, and why.</summary>
/// <param name="Backend">The choice; never Auto.</param>
/// <param name="Reason">Why, in words that follow a colon.</param>
/// <param name="IsFallback">Whether something better was wanted and is not to be had.</param>
internal sealed record BackendSelection(BackendChoice Backend, string Reason, bool IsFallback)
{
    /// <summary>Its name, as <see cref="BackendInfo.Backend"/> has it.</summary>
    internal string Name => Backend switch
    {
        BackendChoice.IoUring => "io_uring",
        BackendChoice.Epoll => "epoll",
        _ => "thread-pool",
    };

    /// <summary>Chooses: <c>auto</c> by what is there, an explicit choice without any falling back.</summary>
    /// <exception cref="ConfigurationException">The backend that was asked for is not to be had.</exception>
    internal static BackendSelection Choose(BackendChoice wanted)
    {
        const string asked = "the configuration asks for it";
        if (wanted is BackendChoice.Epoll or BackendChoice.ThreadPool)
        {
            return new BackendSelection(wanted, asked, IsFallback: false);
        }

        var probe = IoUringProbe.Run();
        if (probe.IsAvailable)
        {
            var reason = wanted == BackendChoice.Auto ? $"Linux {probe.Kernel} has all that it needs" : asked;
            return new BackendSelection(BackendChoice.IoUring, reason, IsFallback: false);
        }

        return wanted == BackendChoice.Auto
            ? new BackendSelection(BackendChoice.Epoll, probe.Obstacle, IsFallback: true)
            : throw new ConfigurationException($"io-actors.backend = io-uring: {probe.Obstacle}.");
    }

    /// <summary>The Props of the backend, on a loop of its own.</summary>
    internal Props Props(ActorSystem system, IoSettings settings) => Backend switch
    {
        _ when settings.Backend == BackendChoice.Auto => AutoBackend.Props(system, settings),
        BackendChoice.IoUring => IoUringBackend.Props(system, settings),
        BackendChoice.Epoll => EpollBackend.Props(system, settings),
        BackendChoice.ThreadPool => ThreadPoolBackend.Props(system, settings),
        _ => throw new InvalidOperationException("auto is no backend"),
    };
}

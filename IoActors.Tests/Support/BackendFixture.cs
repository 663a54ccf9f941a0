using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.IoActors.Tests.Support;

/// <summary>An actor system with one backend, shared by the tests of a class.</summary>
public abstract class BackendFixture : IDisposable
{
    /// <summary>Starts it.</summary>
    /// <param name="backend">The backend, as the configuration names it.</param>
    /// <param name="more">Settings beside it.</param>
    protected BackendFixture(string backend, string more = "")
    {
        BackendName = backend;
        System = Start(backend, more);
        Io = System.IoActors();
    }

    /// <summary>The backend, as the configuration names it.</summary>
    public string BackendName { get; }

    /// <summary>The actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>Its I/O service.</summary>
    public IoActorsExtension Io { get; }

    /// <summary>Starts an actor system with a backend.</summary>
    /// <param name="backend">
    /// The backend, as the configuration names it; for auto, the environment variable IOACTORS_BACKEND has a say.
    /// </param>
    /// <param name="more">Settings beside it.</param>
    public static ActorSystem Start(string backend, string more = "") => ActorSystem.Create(
        "io",
        ConfigurationFactory.ParseString(
            $$"""
            io-actors.backend = {{(backend == "auto" ? Environment.GetEnvironmentVariable("IOACTORS_BACKEND") ?? "auto" : backend)}}
            io-actors.loops = 1
            {{more}}
            akka.loglevel = WARNING
            akka.stdout-loglevel = OFF
            akka.log-dead-letters = off
            """));

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (!System.Terminate().Wait(TimeSpan.FromSeconds(30)))
        {
            throw new TimeoutException("the actor system did not stop");
        }
    }
}

/// <summary>The io_uring backend.</summary>
public sealed class IoUringFixture() : BackendFixture("io-uring");

/// <summary>The io_uring backend on two loops.</summary>
public sealed class IoUringLoopsFixture() : BackendFixture("io-uring", "io-actors.loops = 2");

/// <summary>The epoll backend on three loops.</summary>
public sealed class EpollLoopsFixture() : BackendFixture("epoll", "io-actors.loops = 3");

/// <summary>The epoll backend.</summary>
public sealed class EpollFixture() : BackendFixture("epoll");

/// <summary>The thread-pool backend.</summary>
public sealed class ThreadPoolFixture() : BackendFixture("thread-pool");

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Akka.Configuration;
using Akka.Hosting;
using Akka.IoActors.Hosting;

namespace Akka.IoActors.Clustering;

/// <summary>Brings the files of a cluster into a host whose actor system Akka.Hosting makes.</summary>
public static class IoActorsClusterHosting
{
    /// <summary>
    /// Starts the part in the cluster's files with the actor system, and its I/O service (<see cref="IoActorsHosting.WithIoActors(AkkaConfigurationBuilder, Action{IoActorsOptions})"/>),
    /// and registers the manager as <see cref="IoClusterManager"/> for <c>IRequiredActor&lt;…&gt;</c>. That the node is in a cluster, and which roles it has (one that exports
    /// needs "io"), is Akka's own configuration: <c>WithClustering(…)</c>.
    /// </summary>
    /// <param name="builder">The configuration of the actor system.</param>
    /// <param name="configure">Sets options; those of <c>cluster.conf</c> hold for what it leaves out.</param>
    public static AkkaConfigurationBuilder WithIoActorsCluster(
        this AkkaConfigurationBuilder builder, Action<IoActorsClusterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new IoActorsClusterOptions();
        configure?.Invoke(options);
        return builder
            .WithIoActors()
            .AddHocon(options.ToConfig(), HoconAddMode.Prepend)
            .WithActors(static (system, registry) => registry.Register<IoClusterManager>(system.IoCluster().Manager));
    }
}

/// <summary>The key of the ref that takes requests for the files of the cluster: <c>IRequiredActor&lt;IoClusterManager&gt;</c>.</summary>
public sealed class IoClusterManager
{
    private IoClusterManager()
    {
    }
}

/// <summary>The options that are set most, with types; any other key of <c>cluster.conf</c> goes into <see cref="Hocon"/>.</summary>
public sealed class IoActorsClusterOptions
{
    private readonly Dictionary<string, IoActorsRootOptions> _roots = [];

    /// <summary>What other nodes call this one; null for host:port.</summary>
    public string? NodeName { get; set; }

    /// <summary>How long a file stays open without a word from the other side; null for the default.</summary>
    public TimeSpan? Lease { get; set; }

    /// <summary>Whatever else, as it stands in <c>cluster.conf</c> beneath <c>io-actors-cluster</c>: <c>quota.open = 100</c>.</summary>
    public string Hocon { get; set; } = "";

    /// <summary>Exports a directory: read-only, unless its options say otherwise.</summary>
    /// <param name="name">The name of the root.</param>
    /// <param name="path">The directory.</param>
    /// <param name="configure">Sets its options.</param>
    /// <exception cref="ArgumentException">The name or path is empty, or the name has been given.</exception>
    public IoActorsClusterOptions Export(string name, string path, Action<IoActorsRootOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var root = new IoActorsRootOptions(path);
        configure?.Invoke(root);
        _roots.Add(name, root);
        return this;
    }

    internal Config ToConfig()
    {
        var lines = new List<string> { Hocon };
        if (NodeName is not null)
        {
            lines.Add($"node-name = {Quote(NodeName)}");
        }

        if (Lease is { } lease)
        {
            lines.Add(FormattableString.Invariant($"lease = {lease.TotalMilliseconds:0}ms"));
        }

        lines.AddRange(_roots.Select(root => $"roots.{Quote(root.Key)} {{\n{root.Value.ToHocon()}\n}}"));
        return ConfigurationFactory.ParseString($"io-actors-cluster {{\n{string.Join('\n', lines)}\n}}");
    }

    internal static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

/// <summary>How a directory is exported.</summary>
public sealed class IoActorsRootOptions
{
    internal IoActorsRootOptions(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>Whether other nodes may change what is in it.</summary>
    public bool Writable { get; set; }

    /// <summary>Whether several nodes export it, and the path of a file says on which it is.</summary>
    public bool Sharded { get; set; }

    /// <summary>Of a sharded root: on how many nodes a file is.</summary>
    public int Replicas { get; set; } = 1;

    /// <summary>How many of those must have done what is answered; 0 for more than half.</summary>
    public int Quorum { get; set; }

    /// <summary>Of a sharded root: nobody is sent to it before so many nodes export it.</summary>
    public int MinNodes { get; set; } = 1;

    internal string ToHocon() => string.Create(CultureInfo.InvariantCulture, $"""
        path = {IoActorsClusterOptions.Quote(Path)}
        writable = {(Writable ? "on" : "off")}
        sharded = {(Sharded ? "on" : "off")}
        replicas = {Replicas}
        quorum = {Quorum}
        min-nodes = {MinNodes}
        """);
}

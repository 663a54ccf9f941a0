using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.IoActors.Clustering;

/// <summary>The section <c>io-actors-cluster</c>, read and checked. Every key stands in <c>cluster.conf</c>, with its meaning, unit and range.</summary>
internal sealed class ClusterSettings
{
    private const string Section = "io-actors-cluster";

    /// <summary>What a message has beside its piece of a file: the paths of two actors, manifests, numbers.</summary>
    private const int Envelope = 4096;

    private static readonly string[] s_rootKeys = ["path", "writable", "sharded", "replicas", "quorum", "min-nodes"];

    private readonly Config _config;
    private readonly HashSet<string> _read = [];

    internal ClusterSettings(Config config)
    {
        _config = config.GetConfig(Section) ?? throw new ConfigurationException($"{Section} is missing.");
        NodeName = Text("node-name");
        if (NodeName.Contains('/', StringComparison.Ordinal))
        {
            throw Bad("node-name", NodeName, "a name without \"/\"");
        }

        Roots = ReadRoots();
        Outsiders = Text("peers") switch
        {
            "members" => false,
            "anyone" => true,
            var other => throw Bad("peers", other, "members or anyone"),
        };
        Lease = Time("lease", TimeSpan.FromMilliseconds(500), TimeSpan.FromHours(1));
        RequestTimeout = Time("request-timeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Chunk = Number("chunk", 1024, 1 << 24);
        QuotaOpen = Number("quota.open", 1, 1_000_000);
        QuotaInFlight = Number("quota.in-flight", 1, 1_000_000);
        QuotaBytes = Number("quota.bytes", 65536, 1 << 30);
        KeyRetention = Time("append-keys.retention", TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));
        KeyCount = Number("append-keys.count", 1, 10_000_000);
        ClockSkew = Time("append-keys.clock-skew", TimeSpan.Zero, TimeSpan.FromMinutes(1));
        var frame = config.GetByteSize("akka.remote.dot-netty.tcp.maximum-frame-size") is { } size ? (int)Math.Min(size, int.MaxValue) : 128000;
        Frame = Math.Min(Chunk, frame - Envelope);
        if (Frame < 1024)
        {
            throw new ConfigurationException(
                FormattableString.Invariant($"akka.remote.dot-netty.tcp.maximum-frame-size = {frame}: wanted is {1024 + Envelope} at the least."));
        }

        var unknown = IoSettings.Keys(_config).Where(key => !_read.Contains(key) && !key.StartsWith("roots", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            throw new ConfigurationException($"{Section}: unknown key {string.Join(", ", unknown.Select(key => $"'{Section}.{key}'"))}.");
        }
    }

    internal string NodeName { get; }

    internal IReadOnlyList<(RootExport Export, string Path)> Roots { get; }

    /// <summary>Whether those may use the roots that are no members of the cluster.</summary>
    internal bool Outsiders { get; }

    internal TimeSpan Lease { get; }

    internal TimeSpan RequestTimeout { get; }

    internal int Chunk { get; }

    /// <summary>The bytes of a file that fit into one message, as far as this node is concerned.</summary>
    internal int Frame { get; }

    internal int QuotaOpen { get; }

    internal int QuotaInFlight { get; }

    internal int QuotaBytes { get; }

    internal TimeSpan KeyRetention { get; }

    internal int KeyCount { get; }

    internal TimeSpan ClockSkew { get; }

    internal IReadOnlyCollection<string> KeysRead => _read;

    internal static Config DefaultConfig()
    {
        using var stream = typeof(ClusterSettings).Assembly.GetManifestResourceStream("Akka.IoActors.cluster.conf")
            ?? throw new ConfigurationException("cluster.conf is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }

    private List<(RootExport Export, string Path)> ReadRoots()
    {
        _read.Add("roots");
        var roots = new List<(RootExport, string)>();
        foreach (var (name, value) in _config.GetValue("roots")?.GetObject()?.Items ?? new Dictionary<string, Configuration.Hocon.HoconValue>())
        {
            if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || !value.IsObject())
            {
                throw Bad("roots", name, "a name without \"/\", and an object");
            }

            var key = $"roots.{name}";
            if (value.GetObject().Items.Keys.FirstOrDefault(each => !s_rootKeys.Contains(each)) is { } unknown)
            {
                throw new ConfigurationException($"{Section}: unknown key '{Section}.{key}.{unknown}'.");
            }

            var root = _config.GetConfig($"roots.\"{name}\"") ?? _config.GetConfig(key);
            var path = root.GetString("path");
            if (string.IsNullOrEmpty(path) || !Directory.Exists(path))
            {
                throw Bad($"{key}.path", path ?? "", "a directory");
            }

            var sharded = root.GetBoolean("sharded");
            var replicas = Number(root, key, "replicas", 1, 1, 16);
            var quorum = Number(root, key, "quorum", 0, 0, replicas);
            var nodes = Number(root, key, "min-nodes", 1, 1, 10_000);
            if (!sharded && (replicas > 1 || nodes > 1))
            {
                throw new ConfigurationException($"{Section}.{key}: replicas and min-nodes are for a root that is sharded.");
            }

            roots.Add((new RootExport(name, root.GetBoolean("writable"), sharded, replicas, quorum == 0 ? (replicas / 2) + 1 : quorum, nodes), path));
        }

        return roots;
    }

    private static int Number(Config root, string key, string name, int otherwise, int least, int most)
    {
        var text = root.GetString(name, otherwise.ToString(CultureInfo.InvariantCulture));
        return Parse(text, least, most) ?? throw Bad($"{key}.{name}", text, Wanted(least, most));
    }

    private string Text(string key)
    {
        _read.Add(key);
        return _config.HasPath(key) ? _config.GetString(key) : throw new ConfigurationException($"{Section}.{key} is missing.");
    }

    private int Number(string key, int least, int most)
    {
        var text = Text(key);
        return Parse(text, least, most) ?? throw Bad(key, text, Wanted(least, most));
    }

    private TimeSpan Time(string key, TimeSpan least, TimeSpan most)
    {
        var text = Text(key);
        TimeSpan time;
        try
        {
            time = _config.GetTimeSpan(key, allowInfinite: false);
        }
        catch (FormatException)
        {
            time = TimeSpan.MinValue;
        }

        return time >= least && time <= most ? time : throw Bad(key, text, $"a time from {least} to {most}, such as 5s");
    }

    private static int? Parse(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;

    private static string Wanted(int least, int most) => FormattableString.Invariant($"a whole number from {least} to {most}");

    private static ConfigurationException Bad(string key, string value, string wanted) => new($"{Section}.{key} = {value}: wanted is {wanted}.");
}

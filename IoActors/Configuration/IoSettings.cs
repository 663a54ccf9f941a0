using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Akka.Actor;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Akka.IoActors.Backends.IoUring;
using Akka.IoActors.Loop;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Which backend carries I/O out.</summary>
public enum BackendChoice
{
    /// <summary>The best that the machine allows.</summary>
    Auto,

    /// <summary>io_uring or nothing.</summary>
    IoUring,

    /// <summary>epoll and a thread pool.</summary>
    Epoll,

    /// <summary>Threads alone.</summary>
    ThreadPool,
}

/// <summary>
/// The <c>io-actors</c> section of the configuration, read and checked. Every key, with its meaning, unit and
/// range, stands in <c>reference.conf</c>, which is also the only place of a default.
/// </summary>
public sealed class IoSettings
{
    private const string Section = "io-actors";

    private readonly HashSet<string> _read = [];

    private IoSettings(Config config)
    {
        Config = config;
        Backend = Text("backend") switch
        {
            "auto" => BackendChoice.Auto,
            "io-uring" => BackendChoice.IoUring,
            "epoll" => BackendChoice.Epoll,
            "thread-pool" => BackendChoice.ThreadPool,
            var other => throw Bad("backend", other, "auto, io-uring, epoll or thread-pool"),
        };
        Loops = Text("loops") == "auto" ? Math.Clamp(Environment.ProcessorCount / 2, 1, 8) : Number("loops", 1, 64);
        InlineCachedReads = Switch("client.inline-cached-reads");
        BufferCount = Number("buffers.count", 1, 32768);
        BufferSize = Number("buffers.size", 64, 1 << 20);
        FilesMaxPending = Number("files.max-pending", 1, 1_000_000);
        FilesMaxPendingBytes = Number("files.max-pending-bytes", 1024, 1 << 30);
        FilesRemote = Switch("files.remote");
        MaxInFlight = Number("max-in-flight", 1, 1_000_000);
        MaxWaiting = Number("max-waiting", 0, 1_000_000);
        MaxWaitingPerRequester = Number("max-waiting-per-requester", 1, 1_000_000);
        OperationTimeout = TimeOrOff("operation-timeout", TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        SubmitBatch = Number("submit-batch", 1, 32768);
        DrainTimeout = Time("drain-timeout", TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        StartTimeout = Time("start-timeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));

        var sqEntries = Number("io-uring.sq-entries", 1, 32768);
        Ring = new RingSettings(sqEntries, Number("io-uring.cq-entries", sqEntries, 65536));

        OffloadThreads = Number("offload.threads", 1, 1024);
        StreamThreads = Number("offload.stream-threads", 1, 1024);
        OffloadQueue = Number("offload.queue", 1, 1_000_000);

        MinBackOff = Time("restart.min-backoff", TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        MaxBackOff = Time("restart.max-backoff", MinBackOff, TimeSpan.FromHours(1));
        RestartReset = Time("restart.reset-after", TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        MaxRestarts = Number("restart.max-restarts", 0, 1_000_000);
        RestartWindow = Time("restart.within", TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));

        StallAfter = TimeOrOff("watchdog.stall-after", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));

        // The dispatcher reads these; they are checked here, where a mistake is reported with its key.
        Text("connection-mailbox.mailbox-type");
        Text("loop-dispatcher.type");
        Number("loop-dispatcher.throughput", 1, 10_000);
        Time("loop-dispatcher.spin", TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        var affinity = Text("loop-dispatcher.affinity");
        if (!Affinity.TryParse(affinity, out _))
        {
            var allowed = string.Join(',', Processors.Allowed());
            throw Bad("loop-dispatcher.affinity", affinity, $"off, auto, or processors such as 0,2-3 of those that this process may use ({allowed})");
        }

        Time("loop-dispatcher.shutdown-timeout", TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));

        var unknown = Keys(config).Where(key => !_read.Contains(key)).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            throw new ConfigurationException(
                $"{Section}: unknown key {string.Join(", ", unknown.Select(key => $"'{Section}.{key}'"))}.");
        }
    }

    /// <summary>Which backend is wanted.</summary>
    public BackendChoice Backend { get; }

    /// <summary>How many loops there are.</summary>
    public int Loops { get; }

    /// <summary>Whether the client serves reads of cached files on the caller's own thread.</summary>
    public bool InlineCachedReads { get; }

    /// <summary>Buffers of a loop, for <see cref="RecvPooled"/>.</summary>
    public int BufferCount { get; }

    /// <summary>The size of each in bytes.</summary>
    public int BufferSize { get; }

    /// <summary>Commands that a file of <c>system.IoFiles()</c> takes in at once.</summary>
    public int FilesMaxPending { get; }

    /// <summary>Bytes of them.</summary>
    public int FilesMaxPendingBytes { get; }

    /// <summary>Whether other nodes may open files, and speak to those that are open.</summary>
    public bool FilesRemote { get; }

    /// <summary>Operations that a loop may have in flight at once.</summary>
    public int MaxInFlight { get; }

    /// <summary>Operations that may wait on a loop; past it, −EAGAIN.</summary>
    public int MaxWaiting { get; }

    /// <summary>Operations of one requester that may wait; past it, −EAGAIN.</summary>
    public int MaxWaitingPerRequester { get; }

    /// <summary>How long an operation that does not say may take; infinite if off.</summary>
    public TimeSpan OperationTimeout { get; }

    /// <summary>How long a loop may stand still before health says so; infinite if off.</summary>
    public TimeSpan StallAfter { get; }

    /// <summary>Operations that are prepared before the kernel is told, within a turn of the loop.</summary>
    public int SubmitBatch { get; }

    /// <summary>How long a stop or restart waits for operations in flight.</summary>
    public TimeSpan DrainTimeout { get; }

    /// <summary>How long the start of the extension may take.</summary>
    public TimeSpan StartTimeout { get; }

    /// <summary>The size of a ring.</summary>
    public RingSettings Ring { get; }

    /// <summary>Threads of a loop's offload pool, at the most.</summary>
    public int OffloadThreads { get; }

    /// <summary>Threads that try streams on the thread-pool backend, at the most.</summary>
    public int StreamThreads { get; }

    /// <summary>Operations that may wait for the offload pool; past it, −EAGAIN.</summary>
    public int OffloadQueue { get; }

    /// <summary>The wait before the first attempt after a failure.</summary>
    public TimeSpan MinBackOff { get; }

    /// <summary>The longest wait between two attempts.</summary>
    public TimeSpan MaxBackOff { get; }

    /// <summary>After so long without a failure the back-off starts anew.</summary>
    public TimeSpan RestartReset { get; }

    /// <summary>Restarts within <see cref="RestartWindow"/>; one more stops the backend.</summary>
    public int MaxRestarts { get; }

    /// <summary>The time within which restarts are counted.</summary>
    public TimeSpan RestartWindow { get; }

    /// <summary>What stands between a ring and the kernel: nothing, except in tests.</summary>
    internal IUringSyscalls UringSyscalls { get; set; } = Native.Uring.UringSyscalls.Kernel;

    /// <summary>The section itself, defaults included.</summary>
    internal Config Config { get; }

    /// <summary>The keys that were read, without the section's name.</summary>
    internal IReadOnlyCollection<string> KeysRead => _read;

    /// <summary>The limits, by their keys.</summary>
    internal IReadOnlyDictionary<string, long> Limits => new Dictionary<string, long>
    {
        ["loops"] = Loops,
        ["buffers.count"] = BufferCount,
        ["buffers.size"] = BufferSize,
        ["files.max-pending"] = FilesMaxPending,
        ["files.max-pending-bytes"] = FilesMaxPendingBytes,
        ["max-in-flight"] = MaxInFlight,
        ["max-waiting"] = MaxWaiting,
        ["max-waiting-per-requester"] = MaxWaitingPerRequester,
        ["io-uring.sq-entries"] = Ring.SqEntries,
        ["io-uring.cq-entries"] = Ring.CqEntries,
        ["offload.threads"] = OffloadThreads,
        ["submit-batch"] = SubmitBatch,
        ["offload.stream-threads"] = StreamThreads,
        ["offload.queue"] = OffloadQueue,
    };

    /// <summary>The settings of a system: its configuration over the defaults.</summary>
    /// <exception cref="ConfigurationException">A key is unknown, or a value is out of its range.</exception>
    public static IoSettings Of(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return Parse(system.Settings.Config);
    }

    /// <summary>The settings of a configuration, over the defaults.</summary>
    /// <param name="config">A whole configuration: the keys stand under <c>io-actors</c>.</param>
    /// <exception cref="ConfigurationException">A key is unknown, or a value is out of its range.</exception>
    public static IoSettings Parse(Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new IoSettings(config.WithFallback(DefaultConfig()).GetConfig(Section));
    }

    /// <summary>The defaults: <c>reference.conf</c>, as it is embedded in the assembly.</summary>
    public static Config DefaultConfig()
    {
        using var stream = typeof(IoSettings).Assembly.GetManifestResourceStream("Akka.IoActors.reference.conf")
            ?? throw new ConfigurationException("reference.conf is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }

    internal static IEnumerable<string> Keys(Config config) =>
        config.AsEnumerable().SelectMany(pair => Leaves(pair.Key, pair.Value));

    private static IEnumerable<string> Leaves(string path, HoconValue value) => value.IsObject()
        ? value.GetObject().Items.SelectMany(item => Leaves($"{path}.{item.Key}", item.Value))
        : [path];

    private static ConfigurationException Bad(string key, string value, string wanted) =>
        new($"{Section}.{key} = {value}: wanted is {wanted}.");

    private string Text(string key)
    {
        _read.Add(key);
        return Config.HasPath(key)
            ? Config.GetString(key)
            : throw new ConfigurationException($"{Section}.{key} is missing.");
    }

    private int Number(string key, int least, int most)
    {
        var text = Text(key);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most
                ? number
                : throw Bad(key, text, FormattableString.Invariant($"a whole number from {least} to {most}"));
    }

    private bool Switch(string key) => Text(key) switch
    {
        "on" or "true" => true,
        "off" or "false" => false,
        var other => throw Bad(key, other, "on or off"),
    };

    private TimeSpan TimeOrOff(string key, TimeSpan least, TimeSpan most) =>
        Text(key) == "off" ? System.Threading.Timeout.InfiniteTimeSpan : Time(key, least, most);

    private TimeSpan Time(string key, TimeSpan least, TimeSpan most)
    {
        var text = Text(key);
        TimeSpan time;
        try
        {
            time = Config.GetTimeSpan(key, allowInfinite: false);
        }
        catch (FormatException)
        {
            time = TimeSpan.MinValue;
        }

        return time >= least && time <= most
            ? time
            : throw Bad(key, text, $"a time from {least} to {most}, such as 5s or 20 micros");
    }
}

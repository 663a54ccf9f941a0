using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Akka.Configuration;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Configuration;

/// <summary>reference.conf and what is read of it.</summary>
public sealed partial class SettingsTests
{
    [Fact]
    public void Every_key_in_the_file_is_read_and_every_key_read_is_in_the_file()
    {
        var settings = IoSettings.Parse(Config.Empty);
        var inFile = IoSettings.Keys(IoSettings.DefaultConfig().GetConfig("io-actors"));
        Assert.Equal(inFile.Order(StringComparer.Ordinal), settings.KeysRead.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_key_in_the_file_has_its_meaning_and_its_range_above_it()
    {
        var text = IoSettings.DefaultConfig().ToString(true);
        Assert.NotEmpty(text);
        using var stream = typeof(IoSettings).Assembly.GetManifestResourceStream("Akka.IoActors.reference.conf")!;
        using var reader = new StreamReader(stream);
        var comment = "";
        foreach (var line in reader.ReadToEnd().Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith('#'))
            {
                comment += line;
            }
            else if (KeyLine().Match(line) is { Success: true } key && key.Groups[1].Value is not ("type" or "backend"))
            {
                Assert.True(
                    comment.Contains("Range", StringComparison.Ordinal), $"{key.Groups[1].Value} says nothing of its range");
                comment = "";
            }
            else
            {
                comment = "";
            }
        }
    }

    [Theory]
    [InlineData("backend = iouring", "backend")]
    [InlineData("max-in-flight = 0", "max-in-flight")]
    [InlineData("max-in-flight = many", "max-in-flight")]
    [InlineData("max-in-flight = 1.5", "max-in-flight")]
    [InlineData("max-waiting = -1", "max-waiting")]
    [InlineData("submit-batch = 0", "submit-batch")]
    [InlineData("drain-timeout = 1ms", "drain-timeout")]
    [InlineData("drain-timeout = soon", "drain-timeout")]
    [InlineData("start-timeout = 1h", "start-timeout")]
    [InlineData("io-uring.sq-entries = 65536", "io-uring.sq-entries")]
    [InlineData("io-uring { sq-entries = 512, cq-entries = 256 }", "io-uring.cq-entries")]
    [InlineData("offload.threads = 0", "offload.threads")]
    [InlineData("offload.stream-threads = 0", "offload.stream-threads")]
    [InlineData("offload.queue = 0", "offload.queue")]
    [InlineData("restart.min-backoff = 0ms", "restart.min-backoff")]
    [InlineData("restart { min-backoff = 1s, max-backoff = 10ms }", "restart.max-backoff")]
    [InlineData("restart.reset-after = 1ms", "restart.reset-after")]
    [InlineData("restart.max-restarts = -1", "restart.max-restarts")]
    [InlineData("restart.within = 1ms", "restart.within")]
    [InlineData("loop-dispatcher.throughput = 0", "loop-dispatcher.throughput")]
    [InlineData("loop-dispatcher.spin = 1s", "loop-dispatcher.spin")]
    [InlineData("loop-dispatcher.affinity = on", "loop-dispatcher.affinity")]
    [InlineData("loop-dispatcher.affinity = 1-0", "loop-dispatcher.affinity")]
    [InlineData("loop-dispatcher.affinity = 8191", "loop-dispatcher.affinity")]
    [InlineData("loop-dispatcher.affinity = \"0,\"", "loop-dispatcher.affinity")]
    [InlineData("loop-dispatcher.shutdown-timeout = 1h", "loop-dispatcher.shutdown-timeout")]
    [InlineData("max-inflight = 7", "max-inflight")]
    [InlineData("io-uring.entries = 7", "io-uring.entries")]
    public void A_wrong_value_or_an_unknown_key_is_named(string setting, string key)
    {
        var config = ConfigurationFactory.ParseString($"io-actors {{ {setting} }}");
        var error = Assert.Throws<ConfigurationException>(() => IoSettings.Parse(config));
        Assert.Contains($"io-actors.{key}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_user_writes_wins_over_the_default()
    {
        var settings = IoSettings.Parse(ConfigurationFactory.ParseString(
            """
            io-actors {
              backend = epoll
              max-in-flight = 7
              restart.min-backoff = 250ms
              io-uring.sq-entries = 8
            }
            """));
        Assert.Equal(BackendChoice.Epoll, settings.Backend);
        Assert.Equal(7, settings.MaxInFlight);
        Assert.Equal(TimeSpan.FromMilliseconds(250), settings.MinBackOff);
        Assert.Equal(8, settings.Ring.SqEntries);
        Assert.Equal(IoSettings.Parse(Config.Empty).MaxWaiting, settings.MaxWaiting);
    }

    [Fact]
    public async Task A_system_with_a_wrong_setting_does_not_start_io_and_says_why()
    {
        using var system = BackendFixture.Start("auto", "io-actors.max-in-flight = 0");
        var error = Assert.Throws<ConfigurationException>(() => system.IoActors());
        Assert.Contains("io-actors.max-in-flight", error.Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    [Fact]
    public async Task The_extension_is_the_same_however_one_asks_for_it()
    {
        using var system = BackendFixture.Start("auto");
        Assert.Same(system.IoActors(), Akka.IoActors.IoActors.Get(system));
        Assert.Equal(IoHealth.Up, system.IoActors().Health);
        await system.Terminate();
    }

    [GeneratedRegex(@"^([a-z-]+) = ")]
    private static partial Regex KeyLine();
}

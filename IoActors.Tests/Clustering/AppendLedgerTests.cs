using System;
using System.Collections.Generic;
using Akka.Configuration;
using Akka.IO;
using Akka.IoActors.Clustering;
using Akka.IoActors.Clustering.Export;
using Xunit;

namespace Akka.IoActors.Tests.Clustering;

/// <summary>The keys of appends, with a clock that is set by hand.</summary>
public sealed class AppendLedgerTests
{
    private readonly Clock _clock = new();
    private readonly AppendLedger _ledger;
    private readonly List<Files.Event> _answers = [];

    public AppendLedgerTests()
    {
        var config = ConfigurationFactory.ParseString("io-actors-cluster.append-keys { retention = 60s, count = 3, clock-skew = 2s }")
            .WithFallback(ClusterSettings.DefaultConfig());
        _ledger = new AppendLedger(new ClusterSettings(config), _clock);
        _clock.Now += TimeSpan.FromSeconds(10);
    }

    [Fact]
    public void The_first_is_carried_out_and_the_others_are_answered_as_it_was()
    {
        var append = Append(_clock.Now);
        Assert.True(_ledger.TryBegin(append, "data/log", _answers.Add));

        // While it is under way, and once it is done.
        Assert.False(_ledger.TryBegin(append, "data/log", _answers.Add));
        Assert.Empty(_answers);
        var done = new Files.Appended(5, 3);
        _ledger.Settle(append.Key!.Value, done);
        Assert.False(_ledger.TryBegin(append, "data/log", _answers.Add));
        Assert.Equal([done, done], _answers);

        // Not for another file, or other bytes.
        Assert.Equal((Errno.EINVAL, false), Refused(append, "data/other"));
        Assert.Equal((Errno.EINVAL, false), Refused(new Files.Append(ByteString.FromString("four")) { Key = append.Key }, "data/log"));
    }

    [Fact]
    public void What_has_not_happened_is_tried_again_and_what_is_unknown_is_not()
    {
        var append = Append(_clock.Now);
        Assert.True(_ledger.TryBegin(append, "f", _answers.Add));
        _ledger.Settle(append.Key!.Value, new Files.Failed("Append", Errno.EAGAIN, ""));
        Assert.True(_ledger.TryBegin(append, "f", _answers.Add));
        _ledger.Settle(append.Key!.Value, new Files.Failed("Append", Errno.ECANCELED, "", OutcomeUnknown: true));
        Assert.Equal((Errno.ECANCELED, true), Refused(append, "f"));
        append = Append(_clock.Now);
        Assert.True(_ledger.TryBegin(append, "f", _answers.Add));
        _ledger.Settle(append.Key!.Value, new Files.Failed("Append", Errno.EIO, ""));
        Assert.Equal((Errno.EIO, false), Refused(append, "f"));
    }

    [Fact]
    public void A_key_that_cannot_be_known_is_refused()
    {
        Assert.Equal((Errno.EINVAL, false), Refused(new Files.Append(ByteString.FromString("abc")) { Key = Guid.NewGuid() }, "f"));
        Assert.Equal((Errno.EINVAL, false), Refused(Append(_clock.Now + TimeSpan.FromSeconds(3)), "f"));

        // From before the start, as clocks may differ; and from before what is remembered.
        Assert.Equal((Errno.ESTALE, true), Refused(Append(_clock.Now - TimeSpan.FromSeconds(8.1)), "f"));
        Assert.True(_ledger.TryBegin(Append(_clock.Now - TimeSpan.FromSeconds(7.9)), "f", _answers.Add));
        _clock.Now += TimeSpan.FromSeconds(100);
        Assert.Equal((Errno.ESTALE, true), Refused(Append(_clock.Now - TimeSpan.FromSeconds(60.1)), "f"));
        Assert.True(_ledger.TryBegin(Append(_clock.Now - TimeSpan.FromSeconds(59.9)), "f", _answers.Add));
    }

    [Fact]
    public void A_forgotten_key_is_never_taken_for_a_new_one()
    {
        // Made as far in the future as may be, sent again at each moment: done once, until it is too old.
        var append = Append(_clock.Now + TimeSpan.FromSeconds(2));
        Assert.True(_ledger.TryBegin(append, "f", _answers.Add));
        _ledger.Settle(append.Key!.Value, new Files.Appended(0, 3));
        for (var second = 0; second < 120; second++)
        {
            _clock.Now += TimeSpan.FromSeconds(1);
            Assert.False(_ledger.TryBegin(append, "f", _answers.Add), $"{second}");
        }

        Assert.Equal(Errno.ESTALE, Assert.IsType<Files.Failed>(_answers[^1]).Error);
    }

    [Fact]
    public void There_are_so_many_and_no_more()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.True(_ledger.TryBegin(Append(_clock.Now), "f", _answers.Add));
        }

        Assert.Equal((Errno.EAGAIN, false), Refused(Append(_clock.Now), "f"));
    }

    private static Files.Append Append(DateTimeOffset made) => new(ByteString.FromString("abc")) { Key = Guid.CreateVersion7(made) };

    private (Errno Error, bool OutcomeUnknown) Refused(Files.Append append, string file)
    {
        Files.Event? answer = null;
        Assert.False(_ledger.TryBegin(append, file, each => answer = each));
        var failed = Assert.IsType<Files.Failed>(answer);
        return (failed.Error, failed.OutcomeUnknown);
    }

    private sealed class Clock : TimeProvider
    {
        internal DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

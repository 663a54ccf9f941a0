using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Tests.Protocol;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.OpenFiles;

/// <summary>Files as actors, on each backend.</summary>
public abstract class FilesSpec(ProtocolFixture fixture) : ProtocolTest(fixture)
{
    private const OpenFlags Log = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append;

    private readonly string _folder = Directory.CreateTempSubdirectory("files").FullName;

    private IActorRef Manager => Fixture.System.IoFiles();

    [Fact]
    public async Task What_is_written_is_read_again()
    {
        var bytes = Pattern(3_000_000);
        var file = await Open("a", OpenFlags.ReadWrite | OpenFlags.Create);
        Assert.Equal(new Files.Written(bytes.Length), await file.Ask(new Files.Write(ByteString.FromBytes(bytes)), Deadline));
        Assert.Equal(new Files.Positioned(1000), await file.Ask(new Files.LSeek(-(bytes.Length - 1000), SeekWhence.End), Deadline));
        Assert.Equal(bytes[1000..5000], (await file.Ask(new Files.Read(4000), Deadline)).Bytes.ToArray());
        Assert.Equal(bytes[5000..5010], (await file.Ask(new Files.Read(10), Deadline)).Bytes.ToArray());
        Assert.Equal(bytes[7..1_000_007], (await file.Ask(new Files.PRead(1_000_000, 7), Deadline)).Bytes.ToArray());
        Assert.Equal(bytes[^5..], (await file.Ask(new Files.PRead(100, bytes.Length - 5), Deadline)).Bytes.ToArray());
        Assert.Empty((await file.Ask(new Files.PRead(100, bytes.Length), Deadline)).Bytes);
        Assert.Equal(new Files.Written(3), await file.Ask(new Files.PWrite(ByteString.FromString("abc"), 10), Deadline));
        await file.Ask(new Files.FTruncate(13), Deadline);
        await file.Ask(new Files.FSync(), Deadline);
        await file.Ask(new Files.FSync(DataOnly: true), Deadline);
        var status = (await file.Ask(new Files.FStat(), Deadline)).File;
        Assert.Equal((FileType.Regular, 13L), (status.Type, status.Size));
        await file.Ask(new Files.Close(), Deadline);
        Assert.Equal(bytes[..10].Concat("abc"u8.ToArray()).ToArray(), await File.ReadAllBytesAsync(PathOf("a")));
        Assert.Equal(0, OpenHere());
    }

    [Fact]
    public async Task Commands_at_the_position_take_effect_in_the_order_in_which_they_are_sent()
    {
        var probe = NewProbe();
        var file = await Open("a", OpenFlags.ReadWrite | OpenFlags.Create);
        for (var n = 0; n < 100; n++)
        {
            // A write at 4 n, the same read again, the file cut to 4 n + 3, and a byte added: 4 bytes a round.
            file.Tell(new Files.Write(ByteString.FromBytes([(byte)n, 1])) { Tag = n }, probe.Ref);
            file.Tell(new Files.Write(ByteString.FromBytes([2, 3])) { Tag = n }, probe.Ref);
            file.Tell(new Files.LSeek(-4, SeekWhence.Current) { Tag = n }, probe.Ref);
            file.Tell(new Files.Read(4) { Tag = n }, probe.Ref);
            file.Tell(new Files.FTruncate((4 * n) + 3) { Tag = n }, probe.Ref);
            file.Tell(new Files.PWrite(ByteString.FromBytes([9]), (4 * n) + 3) { Tag = n }, probe.Ref);
            file.Tell(new Files.FStat { Tag = n }, probe.Ref);
        }

        // Answers may overtake each other; effects do not.
        var answers = new List<Files.Event>();
        for (var n = 0; n < 700; n++)
        {
            answers.Add(await probe.Expect<Files.Event>());
        }

        Assert.Equal(
            Enumerable.Range(0, 100).SelectMany(n => new[] { new Files.Written(2) { Tag = n }, new Files.Written(2) { Tag = n }, new Files.Written(1) { Tag = n } }),
            answers.OfType<Files.Written>().OrderBy(each => each.Tag).ThenByDescending(each => each.Count));
        Assert.Equal(
            Enumerable.Range(0, 100).Select(n => new Files.Positioned(4 * n) { Tag = n }), answers.OfType<Files.Positioned>());
        Assert.All(answers.OfType<Files.Data>(), data => Assert.Equal([(byte)data.Tag, 1, 2, 3], data.Bytes.ToArray()));
        Assert.All(answers.OfType<Files.Status>(), status => Assert.InRange(status.File.Size, (4 * status.Tag) + 4, 400));
        Assert.Equal([100, 100, 100], [answers.OfType<Files.Data>().Count(), answers.OfType<Files.Status>().Count(), answers.OfType<Files.Truncated>().Count()]);
        await file.Ask(new Files.Close(), Deadline);
        Assert.Equal(
            Enumerable.Range(0, 100).SelectMany(n => new byte[] { (byte)n, 1, 2, 9 }), await File.ReadAllBytesAsync(PathOf("a")));
    }

    [Fact]
    public async Task Appenders_are_told_where_their_records_are()
    {
        var file = await Open("log", Log);
        await File.WriteAllTextAsync(PathOf("log"), "somebody was here before\n");
        var records = await Task.WhenAll(Enumerable.Range(0, 500).Select(async n =>
        {
            var record = Pattern(1 + (n * 7 % 4000), n);
            return (record, await file.Ask(new Files.Append(ByteString.FromBytes(record), durable: n % 3 == 0), Deadline));
        }));
        await file.Ask(new Files.Close(), Deadline);
        var all = await File.ReadAllBytesAsync(PathOf("log"));
        Assert.Equal(25 + records.Sum(each => each.record.Length), all.Length);
        Assert.Equal(500, records.Select(each => each.Item2.Position).Distinct().Count());
        foreach (var (record, appended) in records)
        {
            Assert.Equal(record.Length, appended.Count);
            Assert.Equal(record, all.AsSpan((int)appended.Position, record.Length));
        }
    }

    [Fact]
    public async Task Appends_that_wait_share_one_write_and_one_flush()
    {
        var file = await Open("log", Log);
        var io = Fixture.System.IoActors();
        var probe = NewProbe();
        var before = (await io.Client.GetInfoAsync()).Counters.Submitted;

        // From the loop of the file: all of them are in its mailbox before it looks at the first.
        Fixture.System.ActorOf(Props.Create(() => new Flood(file, probe.Ref)).OnLoop(io.LoopOf(file)!));
        for (var n = 0; n < 1000; n++)
        {
            Assert.Equal(new Files.Appended(100 * n, 100) { Tag = n }, await probe.Expect<Files.Appended>());
        }

        // A batch is a write, the question where it went, and a flush. The first may have gone alone. One of the others is GetInfo itself.
        var submitted = (await io.Client.GetInfoAsync()).Counters.Submitted - before;
        Assert.InRange(submitted, 3, 6 + 1 + (2 * io.Loops.Count));
        await file.Ask(new Files.Close(), Deadline);
    }

    [SkippableFact]
    public async Task A_record_that_the_disk_has_no_room_for_leaves_nothing_behind()
    {
        await using var disk = await Mounted.Tmpfs(_folder, "64k");
        var file = await Open("log", Log);
        var record = ByteString.FromBytes(Pattern(10_000));
        var answers = new List<object>();
        var probe = NewProbe();
        for (var n = 0; n < 10; n++)
        {
            file.Tell(new Files.Append(record, durable: false) { Tag = n }, probe.Ref);
        }

        for (var n = 0; n < 10; n++)
        {
            var answer = await probe.Expect<Files.Event>();
            Assert.Equal(n, answer.Tag);
            answers.Add(answer);
        }

        // 64 KiB have room for six records and a half.
        Assert.Equal(Enumerable.Range(0, 6).Select(n => 10_000L * n), answers.OfType<Files.Appended>().Select(each => each.Position));
        Assert.All(answers.Skip(6), each => Assert.Equal(Errno.ENOSPC, Assert.IsType<Files.Failed>(each).Error));
        Assert.Equal(60_000, new FileInfo(PathOf("log")).Length);

        // There is room for a smaller one, and it follows the last that is whole.
        Assert.Equal(new Files.Appended(60_000, 100), await file.Ask(new Files.Append(ByteString.FromBytes(Pattern(100))), Deadline));
        Assert.Equal(60_100, new FileInfo(PathOf("log")).Length);
        await file.Ask(new Files.Close(), Deadline);
    }

    [SkippableFact]
    public async Task After_a_flush_that_failed_nothing_more_is_written()
    {
        // An ext4 file system on a disk that turns out to be smaller than it says: only the flush notices.
        await using var disk = await Mounted.Tmpfs(_folder, "4m");
        await using var inner = await Mounted.Ext4(disk.Folder, "64M");
        var file = (await Manager.Ask(new Files.Open(Path.Combine(inner.Folder, "log"), Log, owner: ActorRefs.Nobody), Deadline)).File;
        var first = Pattern(1 << 20);
        Assert.Equal(new Files.Appended(0, 1 << 20), await file.Ask(new Files.Append(ByteString.FromBytes(first), durable: false), Deadline));
        for (var n = 1; n < 16; n++)
        {
            await file.Ask(new Files.Append(ByteString.FromBytes(first), durable: false), Deadline);
        }

        var lost = await Fails(file, new Files.Append(ByteString.FromString("x")), Errno.None);
        Assert.Contains(lost.Error, new[] { Errno.EIO, Errno.ENOSPC });
        await Fails(file, new Files.Append(ByteString.FromString("x"), durable: false), lost.Error);
        await Fails(file, new Files.Write(ByteString.FromString("x")), lost.Error);
        await Fails(file, new Files.PWrite(ByteString.FromString("x"), 0), lost.Error);
        await Fails(file, new Files.FSync(), lost.Error);
        await Fails(file, new Files.FTruncate(0), lost.Error);
        Assert.Equal((16 << 20) + 1, (await file.Ask(new Files.FStat(), Deadline)).File.Size);
        await file.Ask(new Files.Close(), Deadline);
    }

    [Fact]
    public async Task What_is_wrong_is_answered_by_its_errno()
    {
        Assert.Equal(Errno.ENOENT, (await Fails(Manager, new Files.Open(PathOf("none"), owner: ActorRefs.Nobody), Errno.ENOENT)).Error);
        await Fails(Manager, new Files.Open(_folder, OpenFlags.WriteOnly, owner: ActorRefs.Nobody), Errno.EISDIR);
        await Fails(Manager, new Files.Open(PathOf("none")), Errno.EINVAL);
        await Fails(Manager, new Files.FSync(), Errno.EINVAL);

        await File.WriteAllTextAsync(PathOf("a"), "abc");
        var reader = await Open("a");
        var failure = await Fails(reader, new Files.Write(ByteString.FromString("x")) { Tag = 7 }, Errno.EBADF);
        Assert.Equal(("Write", 7L, false), (failure.Command, failure.Tag, failure.OutcomeUnknown));
        Assert.Contains(PathOf("a"), failure.Message, StringComparison.Ordinal);
        await Fails(reader, new Files.PWrite(ByteString.FromString("x"), 0), Errno.EBADF);
        await Fails(reader, new Files.FTruncate(0), Errno.EINVAL);
        await Fails(reader, new Files.Append(ByteString.FromString("x")), Errno.EINVAL);
        await Fails(reader, new Files.LSeek(-1), Errno.EINVAL);
        await Fails(reader, new Files.Open(PathOf("a"), owner: ActorRefs.Nobody), Errno.EINVAL);
        await Fails(reader, new Files.Read(Fixture.System.IoActors().Settings.FilesMaxPendingBytes + 1), Errno.EMSGSIZE);
        var asked = NewProbe();
        reader.Tell(new Files.Demand(1) { Tag = 3 }, asked.Ref);
        Assert.Equal((Errno.EINVAL, 3L), await asked.Expect<Files.Failed>() is var refused ? (refused.Error, refused.Tag) : default);
        await reader.Ask(new Files.Close(), Deadline);
        Assert.Equal("abc", await File.ReadAllTextAsync(PathOf("a")));

        // Closed: whatever comes is answered, for ever.
        await Fails(reader, new Files.Read(1), Errno.EBADF);
        await Fails(reader, new Files.Close(), Errno.EBADF);
    }

    [Fact]
    public void Arguments_that_make_no_sense_are_refused_where_they_are_given()
    {
        Assert.Throws<ArgumentException>(() => new Files.Open(""));
        Assert.Throws<ArgumentException>(() => new Files.Open("a\0b"));
        Assert.Throws<ArgumentException>(() => new Files.Open("a", OpenFlags.ReadWrite | OpenFlags.WriteOnly));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Files.Read(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Files.PRead(1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Files.PWrite(ByteString.Empty, -1));
        Assert.Throws<ArgumentNullException>(() => new Files.Write(null!));
        Assert.Throws<ArgumentNullException>(() => new Files.Append(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Files.FTruncate(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Files.LSeek(0, (SeekWhence)9));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Files.ReadBlocks(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Files.ReadBlocks((1 << 20) + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Files.ReadLines(maxLength: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Files.ReadLines(offset: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Files.Demand(0));
    }

    [Fact]
    public async Task A_file_takes_so_much_and_no_more()
    {
        // A FIFO has nothing to read: commands stay.
        await Run("mkfifo", PathOf("fifo"));
        var limit = Fixture.System.IoActors().Settings.FilesMaxPending;
        var file = await Open("fifo", OpenFlags.ReadWrite);
        var probe = NewProbe();
        for (var n = 0; n < limit + 3; n++)
        {
            file.Tell(new Files.Read(1) { Tag = n }, probe.Ref);
        }

        for (var n = limit; n < limit + 3; n++)
        {
            var refused = await probe.Expect<Files.Failed>();
            Assert.Equal((n, Errno.EAGAIN), (refused.Tag, refused.Error));
        }

        var bytes = Pattern(limit);
        await using (var writer = new FileStream(PathOf("fifo"), FileMode.Open, FileAccess.Write))
        {
            await writer.WriteAsync(bytes);
        }

        for (var n = 0; n < limit; n++)
        {
            var data = await probe.Expect<Files.Data>();
            Assert.Equal((n, bytes[n]), (data.Tag, Assert.Single(data.Bytes)));
        }

        // Bytes are limited likewise; those of a command come free with its answer.
        var half = (Fixture.System.IoActors().Settings.FilesMaxPendingBytes / 2) + 1;
        file.Tell(new Files.Read(half) { Tag = 1 }, probe.Ref);
        file.Tell(new Files.Read(half) { Tag = 2 }, probe.Ref);
        Assert.Equal((2, Errno.EAGAIN), await probe.Expect<Files.Failed>() is var full ? (full.Tag, full.Error) : default);

        // An idle read ends with the file.
        file.Tell(new Files.Close { Tag = 3 }, probe.Ref);
        Assert.Equal((1, Errno.ECANCELED), await probe.Expect<Files.Failed>() is var cancelled ? (cancelled.Tag, cancelled.Error) : default);
        Assert.Equal(3, (await probe.Expect<Files.Closed>()).Tag);
    }

    [Fact]
    public async Task A_file_closes_when_its_owner_stops_once_it_has_written_what_it_was_sent()
    {
        var opener = NewProbe();
        var owner = Fixture.System.ActorOf(Props.Create(() => new Idle()));
        Manager.Tell(new Files.Open(PathOf("a"), Log, owner: owner) { Tag = 5 }, opener.Ref);
        var opened = await opener.Expect<Files.Opened>();
        Assert.Equal((5L, opened.File), (opened.Tag, opener.Sender));
        Kit.Watch(opened.File);
        var probe = NewProbe();
        for (var n = 0; n < 200; n++)
        {
            opened.File.Tell(new Files.Append(ByteString.FromString("0123456789")), probe.Ref);
        }

        Fixture.System.Stop(owner);
        await Kit.ExpectTerminatedAsync(opened.File, Deadline);
        var answered = 0;
        while (answered < 200 && await probe.Expect<Files.Event>() is Files.Appended appended)
        {
            Assert.Equal(10 * answered, appended.Position);
            answered++;
        }

        Assert.Equal(200, answered);
        Assert.Equal(2000, new FileInfo(PathOf("a")).Length);
        Assert.Equal(0, OpenHere());
    }

    [Fact]
    public async Task A_file_that_nobody_has_waited_for_closes()
    {
        var gone = Fixture.System.ActorOf(Props.Create(() => new Idle()));
        await gone.GracefulStop(Deadline);
        await File.WriteAllTextAsync(PathOf("a"), "abc");
        for (var n = 0; n < 20; n++)
        {
            Manager.Tell(new Files.Open(PathOf("a"), owner: ActorRefs.Nobody), gone);
            Manager.Tell(new Files.Open(PathOf("a")), gone);
        }

        // Opened after those.
        var file = await Open("a");
        await file.Ask(new Files.Close(), Deadline);
        await Kit.AwaitAssertAsync(() => Assert.Equal(0, OpenHere()), Deadline, TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public async Task Appends_are_answered_once_and_are_in_the_file_once_though_rings_break()
    {
        var file = await Open("log", Log);
        var io = Fixture.System.IoActors();
        var probe = NewProbe();
        const int count = 3000;
        for (var n = 0; n < count; n++)
        {
            file.Tell(new Files.Append(ByteString.FromString(FormattableString.Invariant($"{n:d7}\n"))) { Tag = n }, probe.Ref);
            if (n % 500 == 250)
            {
                io.LoopOf(file)!.Backend.Tell(Kill.Instance, ActorRefs.NoSender);
            }
        }

        var positions = new Dictionary<long, long>();
        var unknown = new List<long>();
        for (var n = 0; n < count; n++)
        {
            switch (await probe.Expect<Files.Event>())
            {
                case Files.Appended appended:
                    positions.Add(appended.Tag, appended.Position);
                    break;
                case Files.Failed failed:
                    unknown.Add(failed.Tag);
                    break;
            }
        }

        await file.Ask(new Files.Close(), Deadline);
        Assert.True((await io.Client.GetInfoAsync()).Counters.Restarts > 0);

        // A restart resumes what had no effect, and finishes what had: nothing is unknown.
        Assert.Empty(unknown);
        Assert.Equal(Enumerable.Range(0, count).Select(n => FormattableString.Invariant($"{n:d7}")), await File.ReadAllLinesAsync(PathOf("log")));
        Assert.Equal(Enumerable.Range(0, count).Select(n => ((long)n, 8L * n)), positions.OrderBy(each => each.Key).Select(each => (each.Key, each.Value)));
    }

    [Theory]
    [InlineData("one\ntwo\r\n\nthree", 1)]
    [InlineData("one\ntwo\r\n\nthree\n", 2)]
    [InlineData("", 3)]
    [InlineData("\n", 1)]
    [InlineData("\r\n\r\r\n", 100)]
    public async Task Lines_come_as_they_are_asked_for(string text, int demand)
    {
        await File.WriteAllTextAsync(PathOf("a"), text);
        var file = await Open("a");
        var lines = await ReadAll(file, new Files.ReadLines(), demand);
        var expected = text.Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line).ToList();
        if (expected[^1].Length == 0)
        {
            expected.RemoveAt(expected.Count - 1);
        }

        Assert.Equal(expected, lines.Select(each => each.Item2));
        await file.Ask(new Files.Close(), Deadline);
    }

    [Fact]
    public async Task Many_lines_of_all_lengths_are_those_of_the_file()
    {
        var random = new Random(7);
        var text = new StringBuilder();
        for (var n = 0; n < 20_000; n++)
        {
            text.Append('a', random.Next(n % 100 == 0 ? 3000 : 40)).Append(n).Append(n % 3 == 0 ? "\r\n" : "\n");
        }

        await File.WriteAllTextAsync(PathOf("a"), text.ToString());
        var file = await Open("a");
        var lines = await ReadAll(file, new Files.ReadLines(maxLength: 3005), 64);
        Assert.Equal(await File.ReadAllLinesAsync(PathOf("a")), lines.Select(each => each.Item2));
        var bytes = Encoding.ASCII.GetBytes(text.ToString());
        Assert.All(lines, each => Assert.Equal(each.Item2, Encoding.ASCII.GetString(bytes, (int)each.Item1, each.Item2.Length)));

        // From the middle, at the start of a line.
        var half = lines[10_000].Item1;
        Assert.Equal(lines.Skip(10_000), await ReadAll(file, new Files.ReadLines(half), 1000));
        await file.Ask(new Files.Close(), Deadline);
    }

    [Fact]
    public async Task A_line_that_is_too_long_ends_its_reader()
    {
        await File.WriteAllTextAsync(PathOf("a"), "short\n" + new string('x', 11) + "\nshort\n");
        var file = await Open("a");
        var probe = NewProbe();
        Assert.Equal(3, (await ReadAll(file, new Files.ReadLines(maxLength: 11), 5)).Count);
        var reader = (await file.Ask(new Files.ReadLines(maxLength: 10), Deadline)).Reader;
        reader.Tell(new Files.Demand(10) { Tag = 4 }, probe.Ref);
        Assert.Equal((0L, 4L), await probe.Expect<Files.Line>() is var line ? (line.Position, line.Tag) : default);
        Assert.Equal((Errno.EMSGSIZE, 4L), await probe.Expect<Files.Failed>() is var failed ? (failed.Error, failed.Tag) : default);
        await file.Ask(new Files.Close(), Deadline);
    }

    [Theory]
    [InlineData(1000, 300_000)]
    [InlineData(65536, 65536 * 3)]
    [InlineData(1 << 20, 2_500_000)]
    [InlineData(7, 0)]
    public async Task Blocks_are_those_of_the_file(int size, int length)
    {
        var bytes = Pattern(length);
        await File.WriteAllBytesAsync(PathOf("a"), bytes);
        var file = await Open("a");
        var probe = NewProbe();
        var reader = (await file.Ask(new Files.ReadBlocks(size), Deadline)).Reader;
        reader.Tell(new Files.Demand(int.MaxValue), probe.Ref);
        var at = 0;
        while (await probe.Expect<Files.Event>() is Files.Block block)
        {
            Assert.Equal(at, block.Position);
            Assert.Equal(bytes[at..Math.Min(at + size, length)], block.Bytes.ToArray());
            at += block.Bytes.Count;
        }

        Assert.Equal(length, at);
        await file.Ask(new Files.Close(), Deadline);
    }

    [Fact]
    public async Task A_reader_gives_no_more_than_was_asked_for_and_ends_with_its_file()
    {
        await File.WriteAllBytesAsync(PathOf("a"), Pattern(100_000));
        var file = await Open("a");
        var probe = NewProbe();
        file.Tell(new Files.ReadBlocks(100), probe.Ref);
        var reader = (await probe.Expect<Files.Reading>()).Reader;
        reader.Tell(new Files.Demand(3), probe.Ref);
        for (var n = 0; n < 3; n++)
        {
            Assert.Equal(100 * n, (await probe.Expect<Files.Block>()).Position);
        }

        await probe.ExpectNothing();
        Kit.Watch(reader);
        await file.Ask(new Files.Close(), Deadline);
        await Kit.ExpectTerminatedAsync(reader, Deadline);
        reader.Tell(new Files.Demand(3) { Tag = 8 }, probe.Ref);
        Assert.Equal((Errno.EBADF, 8L), await probe.Expect<Files.Failed>() is var failed ? (failed.Error, failed.Tag) : default);
    }

    [Fact]
    public async Task A_reader_ends_with_what_has_asked_for_it_and_by_close()
    {
        await File.WriteAllBytesAsync(PathOf("a"), Pattern(1000));
        var file = await Open("a");
        var requester = NewProbe();
        file.Tell(new Files.ReadBlocks(100), requester.Ref);
        var reader = (await requester.Expect<Files.Reading>()).Reader;
        Kit.Watch(reader);
        Fixture.System.Stop(requester.Ref);
        await Kit.ExpectTerminatedAsync(reader, Deadline);

        var other = (await file.Ask(new Files.ReadBlocks(100), Deadline)).Reader;
        Kit.Watch(other);
        await other.Ask(new Files.Close(), Deadline);
        await Kit.ExpectTerminatedAsync(other, Deadline);
        Assert.Equal(100, (await file.Ask(new Files.Read(100), Deadline)).Bytes.Count);
        await file.Ask(new Files.Close(), Deadline);
    }

    private async Task<List<(long, string)>> ReadAll(IActorRef file, Files.ReadLines command, int demand)
    {
        var probe = NewProbe();
        var reader = (await file.Ask(command, Deadline)).Reader;
        var lines = new List<(long, string)>();
        while (true)
        {
            reader.Tell(new Files.Demand(demand) { Tag = lines.Count }, probe.Ref);
            for (var n = 0; n < demand; n++)
            {
                switch (await probe.Expect<Files.Event>())
                {
                    case Files.Line line:
                        lines.Add((line.Position, line.Bytes.ToString(Encoding.ASCII)));
                        break;
                    case var end:
                        Assert.Equal((await file.Ask(new Files.FStat(), Deadline)).File.Size, Assert.IsType<Files.EndOfFile>(end).Position);
                        return lines;
                }
            }
        }
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private async Task<IActorRef> Open(string name, OpenFlags flags = OpenFlags.ReadOnly) =>
        (await Manager.Ask(new Files.Open(PathOf(name), flags, owner: ActorRefs.Nobody), Deadline)).File;

    private static async Task<Files.Failed> Fails<TEvent>(IActorRef file, Files.Command<TEvent> command, Errno error)
        where TEvent : Files.Event
    {
        var e = await Assert.ThrowsAsync<FileException>(() => file.Ask(command, Deadline));
        Assert.Equal((int)e.Error, e.HResult);
        if (error != Errno.None)
        {
            Assert.Equal(error, e.Error);
        }

        return e.Failure;
    }

    private static async Task Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync().WaitAsync(Deadline);
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Descriptors of this process that refer to files of the test.</summary>
    private int OpenHere() => Directory.GetFiles("/proc/self/fd")
        .Count(each => new FileInfo(each).LinkTarget?.StartsWith(_folder, StringComparison.Ordinal) ?? false);

    private sealed class Idle : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class Flood : UntypedActor
    {
        private readonly IActorRef _file;
        private readonly IActorRef _listener;

        public Flood(IActorRef file, IActorRef listener) => (_file, _listener) = (file, listener);

        protected override void PreStart()
        {
            for (var n = 0; n < 1000; n++)
            {
                _file.Tell(new Files.Append(ByteString.FromBytes(new byte[100])) { Tag = n }, _listener);
            }
        }

        protected override void OnReceive(object message)
        {
        }
    }
}

/// <summary>On io_uring.</summary>
public sealed class IoUringFiles(IoUringProtocolFixture fixture) : FilesSpec(fixture), IClassFixture<IoUringProtocolFixture>;

/// <summary>On two loops of io_uring.</summary>
public sealed class IoUringLoopsFiles(IoUringLoopsProtocolFixture fixture) : FilesSpec(fixture), IClassFixture<IoUringLoopsProtocolFixture>;

/// <summary>On epoll.</summary>
public sealed class EpollFiles(EpollProtocolFixture fixture) : FilesSpec(fixture), IClassFixture<EpollProtocolFixture>;

/// <summary>On three loops of epoll.</summary>
public sealed class EpollLoopsFiles(EpollLoopsProtocolFixture fixture) : FilesSpec(fixture), IClassFixture<EpollLoopsProtocolFixture>;

/// <summary>On threads.</summary>
public sealed class ThreadPoolFiles(ThreadPoolProtocolFixture fixture) : FilesSpec(fixture), IClassFixture<ThreadPoolProtocolFixture>;

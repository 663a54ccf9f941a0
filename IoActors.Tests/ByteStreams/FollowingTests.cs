using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.IO;
using Akka.IoActors.Streams;
using Akka.IoActors.Tests.Support;
using Akka.Streams;
using Akka.Streams.Dsl;
using Xunit;

namespace Akka.IoActors.Tests.ByteStreams;

/// <summary>Directories as streams, files that grow, and reads past the page cache.</summary>
public abstract class FollowingTests(BackendFixture fixture) : ConformanceTest(fixture)
{
    private static readonly TimeSpan s_often = TimeSpan.FromMilliseconds(5);

    private ActorMaterializer Materializer => Own(System.Materializer());

    /// <inheritdoc/>
    protected override async Task Settle()
    {
        // A tail that has been told to end makes operations until it has; the last closes its file.
        await UntilOpen(0);
        await UntilIdle();
    }

    // ---- directories ----------------------------------------------------------------------------

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_directory_gives_what_it_has(bool recursive)
    {
        var root = PathOf("tree");
        for (var n = 0; n < 40; n++)
        {
            var folder = Path.Combine(root, $"folder {n % 8}", $"{n}");
            Directory.CreateDirectory(folder);
            for (var file = 0; file < n * 20 % 300; file++)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, $"file {file}"), "");
            }
        }

        File.CreateSymbolicLink(Path.Combine(root, "link"), root);
        var entries = await IoDirectory.Source(Io.Client, root, recursive).RunWith(Sink.Seq<IoDirectoryEntry>(), Materializer).WaitAsync(Deadline);

        // Of .NET: it does not follow links either, if it is told not to.
        var options = new EnumerationOptions { RecurseSubdirectories = recursive, AttributesToSkip = 0 };
        var expected = Directory.EnumerateFileSystemEntries(root, "*", options)
            .Where(path => !path.StartsWith(Path.Combine(root, "link/"), StringComparison.Ordinal));
        Assert.Equal(expected.Order(StringComparer.Ordinal), entries.Select(entry => entry.Path).Order(StringComparer.Ordinal));
        Assert.All(entries, entry => Assert.Equal(
            entry.Path == Path.Combine(root, "link") ? FileType.SymbolicLink : Directory.Exists(entry.Path) ? FileType.Directory : FileType.Regular, entry.Type));
        var seen = new HashSet<string> { root };
        foreach (var entry in entries)
        {
            Assert.Contains(Path.GetDirectoryName(entry.Path)!, seen);
            seen.Add(entry.Path);
        }

        Assert.Equal(0, OpenHere());
    }

    [Fact]
    public async Task A_directory_that_is_none_fails_the_stream_with_its_errno()
    {
        await File.WriteAllTextAsync(PathOf("file"), "");
        Assert.Equal(Errno.ENOENT, await ErrorOf(IoDirectory.Source(Io.Client, PathOf("none"))));
        Assert.Equal(Errno.ENOTDIR, await ErrorOf(IoDirectory.Source(Io.Client, PathOf("file"))));
        Assert.Throws<ArgumentNullException>(() => IoDirectory.Source(null!, "x"));
        Assert.Throws<ArgumentException>(() => IoDirectory.Source(Io.Client, ""));
    }

    [Fact]
    public async Task A_directory_that_goes_while_it_is_walked_has_no_entries()
    {
        foreach (var n in Enumerable.Range(0, 3))
        {
            Directory.CreateDirectory(Path.Combine(PathOf("tree"), $"{n}", "below"));
        }

        var queue = IoDirectory.Source(Io.Client, PathOf("tree"), recursive: true)
            .RunWith(Sink.Queue<IoDirectoryEntry>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Materializer);
        var first = (await queue.PullAsync().WaitAsync(Deadline)).Value;
        Directory.Delete(PathOf("tree"), recursive: true);
        var paths = new List<string> { first.Path };
        while (await queue.PullAsync().WaitAsync(Deadline) is { HasValue: true } next)
        {
            paths.Add(next.Value.Path);
        }

        // All three were read at once; what stood below the first may have been opened before it went.
        Assert.Equal(3, paths.Count(path => Path.GetDirectoryName(path) == PathOf("tree")));
        Assert.InRange(paths.Count, 3, 4);
    }

    [Fact]
    public async Task A_directory_that_is_not_read_to_its_end_is_closed()
    {
        Directory.CreateDirectory(Path.Combine(PathOf("tree"), "a", "b", "c"));
        var first = await IoDirectory.Source(Io.Client, PathOf("tree"), recursive: true)
            .Take(2).RunWith(Sink.Seq<IoDirectoryEntry>(), Materializer).WaitAsync(Deadline);
        Assert.Equal(2, first.Count);
        await UntilOpen(0);
    }

    // ---- tails ----------------------------------------------------------------------------------

    [Fact]
    public async Task A_tail_gives_what_is_appended()
    {
        // Where the end was when it looked nobody can know: but what follows the first line that comes, follows.
        await File.WriteAllTextAsync(PathOf("log"), "before\n");
        using var tail = Follow(null);
        var first = tail.Line();
        var written = 0;
        while (!first.IsCompleted)
        {
            await File.AppendAllTextAsync(PathOf("log"), FormattableString.Invariant($"{written++}\n"));
        }

        for (var n = int.Parse(await first, global::System.Globalization.CultureInfo.InvariantCulture) + 1; n < written; n++)
        {
            Assert.Equal(FormattableString.Invariant($"{n}"), await tail.Line());
        }

        await File.AppendAllTextAsync(PathOf("log"), "one\ntw");
        Assert.Equal("one", await tail.Line());
        await File.AppendAllTextAsync(PathOf("log"), "o\n\nfour\n");
        Assert.Equal(["two", "", "four"], [await tail.Line(), await tail.Line(), await tail.Line()]);
    }

    [Fact]
    public async Task A_tail_from_a_position_gives_what_is_there_first()
    {
        await File.WriteAllTextAsync(PathOf("log"), "zero\none\n");
        using var tail = Follow(5);
        Assert.Equal("one", await tail.Line());
        await File.AppendAllTextAsync(PathOf("log"), "two\n");
        Assert.Equal("two", await tail.Line());
    }

    [Fact]
    public async Task A_tail_waits_for_its_file_and_reads_it_from_the_start()
    {
        using var tail = Follow(0);
        var line = tail.Line();
        await File.WriteAllTextAsync(PathOf("log"), "first\n");
        Assert.Equal("first", await line);
    }

    [Fact]
    public async Task A_tail_reads_a_file_that_was_cut_from_its_start()
    {
        await File.WriteAllTextAsync(PathOf("log"), "a long line\n");
        using var tail = Follow(0);
        Assert.Equal("a long line", await tail.Line());
        await File.WriteAllTextAsync(PathOf("log"), "short\n");
        Assert.Equal("short", await tail.Line());
        await File.AppendAllTextAsync(PathOf("log"), "next\n");
        Assert.Equal("next", await tail.Line());
    }

    [Fact]
    public async Task A_tail_follows_the_name_through_rotations_and_loses_nothing()
    {
        await File.WriteAllTextAsync(PathOf("log"), "");
        using var tail = Follow(0);
        await UntilOpen(1);
        var written = 0;
        var read = 0;
        for (var rotation = 0; rotation < 20; rotation++)
        {
            await using (var log = new StreamWriter(PathOf("log"), append: true))
            {
                for (var n = 0; n < 100; n++)
                {
                    await log.WriteAsync(FormattableString.Invariant($"{written++}\n"));
                }

                await log.FlushAsync();
                if (rotation % 2 == 0)
                {
                    // While the log is still written to: as logrotate does it.
                    File.Move(PathOf("log"), PathOf($"log.{rotation}"));
                    await log.WriteAsync(FormattableString.Invariant($"{written++}\n"));
                }
            }

            if (rotation % 2 == 1)
            {
                File.Move(PathOf("log"), PathOf($"log.{rotation}"));
            }

            await File.WriteAllTextAsync(PathOf("log"), "");

            while (read < written)
            {
                Assert.Equal(read++, int.Parse(await tail.Line(), global::System.Globalization.CultureInfo.InvariantCulture));
            }

            // A name that changes twice between two looks hides the file between: the next change waits for the look.
            await Until(() => Targets().Contains(PathOf("log")));
        }
    }

    [Fact]
    public async Task A_tail_that_is_cancelled_closes_its_file()
    {
        await File.WriteAllTextAsync(PathOf("log"), "one\n");
        using (var tail = Follow(0))
        {
            Assert.Equal("one", await tail.Line());
            Assert.Equal(1, OpenHere());
        }

        await UntilOpen(0);
    }

    [Fact]
    public async Task A_tail_of_a_directory_fails()
    {
        Assert.Equal(Errno.EISDIR, await ErrorOf(IoFile.Tail(Io.Client, PathOf("."))));
        Assert.Throws<ArgumentOutOfRangeException>(() => IoFile.Tail(Io.Client, "x", startPosition: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => IoFile.Tail(Io.Client, "x", interval: TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => IoFile.Tail(Io.Client, "x", chunkSize: 0));
    }

    // ---- past the page cache --------------------------------------------------------------------

    [SkippableTheory]
    [InlineData(0, 4096, 0)]
    [InlineData(4096, 4096, 0)]
    [InlineData(1_000_001, 65_536, 0)]
    [InlineData(1_000_001, 8192, 8192 * 3)]
    public async Task A_direct_source_gives_the_same_bytes(int length, int chunk, long start)
    {
        await File.WriteAllBytesAsync(PathOf("in"), Bytes(length));
        var opened = await Do(new Open(PathOf("in"), OpenFlags.Direct));
        Skip.If(opened.Error == Errno.EINVAL, "this file system has no O_DIRECT");
        opened.Handle.Dispose();
        var (result, bytes) = IoFile.Source(Io.Client, PathOf("in"), chunk, start, direct: true)
            .ToMaterialized(Sink.Aggregate<ByteString, ByteString>(ByteString.Empty, (sum, next) => sum + next), Keep.Both)
            .Run(Materializer);
        Assert.Equal(Bytes(length)[(int)start..], (await bytes.WaitAsync(Deadline)).ToArray());
        Assert.Equal((true, length - start), await result.WaitAsync(Deadline) is var done ? (done.WasSuccessful, done.Count) : default);
    }

    [Fact]
    public void A_direct_source_that_is_not_aligned_is_refused()
    {
        var e = Assert.Throws<ArgumentException>(() => IoFile.Source(Io.Client, "x", 1000, direct: true));
        Assert.Contains("multiples of 4096", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => IoFile.Source(Io.Client, "x", 4096, 1, direct: true));
    }

    private Tail Follow(long? start)
    {
        var (kill, queue) = IoFile.Tail(Io.Client, PathOf("log"), start, s_often)
            .ViaMaterialized(KillSwitches.Single<ByteString>(), Keep.Right)
            .Via(Framing.Delimiter(ByteString.FromString("\n"), 1000, allowTruncation: true))
            .ToMaterialized(Sink.Queue<ByteString>(), Keep.Both)
            .Run(Materializer);
        return new Tail(kill, queue);
    }

    private async Task<Errno> ErrorOf<T>(Source<T, NotUsed> source) =>
        (await Assert.ThrowsAsync<IoException>(() => source.RunWith(Sink.Seq<T>(), Materializer).WaitAsync(Deadline))).Error;

    private Task UntilOpen(int count) => Until(() => OpenHere() == count);

    private static async Task Until(Func<bool> holds)
    {
        var begin = Environment.TickCount64;
        while (!holds())
        {
            Assert.InRange(Environment.TickCount64 - begin, 0, Deadline.TotalMilliseconds);
            await Task.Yield();
        }
    }

    private int OpenHere() => Targets().Count(target => target.StartsWith(PathOf(""), StringComparison.Ordinal));

    /// <summary>What the descriptors of this process refer to.</summary>
    private static IEnumerable<string> Targets() =>
        Directory.GetFiles("/proc/self/fd").Select(each => new FileInfo(each).LinkTarget).OfType<string>();

    private sealed class Tail(UniqueKillSwitch kill, ISinkQueue<ByteString> queue) : IDisposable
    {
        public void Dispose() => kill.Shutdown();

        internal async Task<string> Line() => (await queue.PullAsync().WaitAsync(Deadline)).Value.ToString();
    }
}

/// <summary>On io_uring.</summary>
public sealed class IoUringFollowingTests(IoUringFixture fixture) : FollowingTests(fixture), IClassFixture<IoUringFixture>;

/// <summary>On several loops of epoll.</summary>
public sealed class EpollLoopsFollowingTests(EpollLoopsFixture fixture) : FollowingTests(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>On threads.</summary>
public sealed class ThreadPoolFollowingTests(ThreadPoolFixture fixture) : FollowingTests(fixture), IClassFixture<ThreadPoolFixture>;

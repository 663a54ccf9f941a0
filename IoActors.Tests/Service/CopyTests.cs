using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Service;

/// <summary>The command <c>ioactors cp</c>, run as a user runs it.</summary>
public sealed partial class CopyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ioactors-cp-").FullName;

    private static string Program => Path.Combine(AppContext.BaseDirectory, "IoActors.Service");

    public void Dispose()
    {
        Run("chmod", "-R", "u+rwx", _folder).Wait();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("io-uring", "io_uring")]
    [InlineData("epoll", "epoll")]
    [InlineData("thread-pool", "thread-pool")]
    public async Task A_tree_is_copied_with_modes_times_links_and_holes(string backend, string name)
    {
        var source = MakeTree(PathOf("tree"));
        var (code, output, errors) =
            await Run(Program, "cp", source, PathOf("copy"), "--verify", "--backend", backend);
        Assert.True(code == 0, output + errors);
        var (same, differences, _) = await Run("diff", "-r", "--no-dereference", source, PathOf("copy"));
        Assert.True(same == 0, differences);
        Assert.Equal(await Listing(source), await Listing(PathOf("copy")));
        Assert.Matches($"cp: OK files=63 directories=4 symlinks=2 .* verified=63 failed=0 .* backend={name} ", output);
        Assert.Empty(Directory.GetFileSystemEntries(_folder, ".*", SearchOption.AllDirectories));
        var (_, blocks, _) = await Run("stat", "--format=%b", Path.Combine(PathOf("copy"), "sparse"));
        Assert.True(int.Parse(blocks, global::System.Globalization.CultureInfo.InvariantCulture) * 512 < 1 << 20, blocks);
    }

    [Fact]
    public async Task A_file_goes_into_a_directory_under_its_own_name_and_replaces_what_is_there()
    {
        File.WriteAllText(PathOf("file"), "new");
        Directory.CreateDirectory(PathOf("there"));
        File.WriteAllText(PathOf("there/file"), "old and longer");
        var (code, _, errors) = await Run(Program, "cp", PathOf("file"), PathOf("there"));
        Assert.True(code == 0, errors);
        Assert.Equal("new", File.ReadAllText(PathOf("there/file")));
        Assert.Single(Directory.GetFileSystemEntries(PathOf("there")));
    }

    [Fact]
    public async Task Direct_copies_are_the_same_bytes()
    {
        File.WriteAllBytes(PathOf("file"), Data(1_234_567));
        var (code, output, errors) = await Run(Program, "cp", PathOf("file"), PathOf("copy"), "--direct", "--verify");
        Assert.True(code == 0, output + errors);
        Assert.Equal(Data(1_234_567), File.ReadAllBytes(PathOf("copy")));
    }

    [Fact]
    public async Task What_cannot_be_copied_is_a_line_with_path_and_errno_and_the_rest_is_copied()
    {
        var source = MakeTree(PathOf("tree"));
        Assert.Equal(0, (await Run("mkfifo", Path.Combine(source, "a", "fifo"))).Code);
        var (code, output, errors) = await Run(Program, "cp", source, PathOf("copy"));
        Assert.Equal(1, code);
        Assert.Contains(Path.Combine(source, "a", "fifo"), errors, StringComparison.Ordinal);
        Assert.Matches(@"fifo.*E[A-Z]+", errors);
        Assert.Matches("cp: FAILED files=63 .* failed=1 ", output);
        Assert.False(File.Exists(PathOf("copy/a/fifo")));
    }

    [Fact]
    public async Task A_missing_source_is_one_line()
    {
        var (code, _, errors) = await Run(Program, "cp", PathOf("missing"), PathOf("copy"));
        Assert.Equal(1, code);
        Assert.Contains("ENOENT", errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
        Assert.False(File.Exists(PathOf("copy")));
    }

    [Fact]
    public async Task Copying_onto_itself_or_into_itself_is_refused_and_harms_nothing()
    {
        var source = MakeTree(PathOf("tree"));
        var before = await Listing(source);
        foreach (var (from, to) in new[]
        {
            (Path.Combine(source, "small-1"), Path.Combine(source, "small-1")),
            (source, Path.Combine(source, "inside")),
            (source, source),
        })
        {
            var (code, output, errors) = await Run(Program, "cp", from, to);
            Assert.True(code == 1, $"{from} to {to}: {output}");
            Assert.Single(errors.Trim().Split('\n'));
        }

        Assert.Equal(before, await Listing(source));
    }

    [Fact]
    public async Task Each_file_is_synced_only_if_that_is_wanted()
    {
        var source = MakeTree(PathOf("tree"));
        var operations = new System.Collections.Generic.Dictionary<string, long>();
        foreach (var sync in new[] { "each", "end", "none" })
        {
            var (code, output, errors) = await Run(Program, "cp", source, PathOf(sync), "--sync", sync, "--reflink", "never");
            Assert.True(code == 0, output + errors);
            Assert.Equal(0, (await Run("diff", "-r", "--no-dereference", source, PathOf(sync))).Code);
            operations[sync] = long.Parse(
                Regex.Match(output, "operations=([0-9]+)").Groups[1].Value, global::System.Globalization.CultureInfo.InvariantCulture);
        }

        Assert.Equal(63, operations["each"] - operations["none"]);
        Assert.Equal(operations["none"], operations["end"]);
        var (wrong, _, error) = await Run(Program, "cp", source, PathOf("x"), "--sync", "7");
        Assert.Equal(2, wrong);
        Assert.Equal("ioactors: --sync must be one of each, end, none. (ioactors --help says more)", error.Trim());
    }

    [SkippableTheory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    public async Task Blocks_are_shared_where_the_file_system_can_and_refused_where_it_cannot(string type)
    {
        var (folder, image) = (PathOf("mount"), PathOf("image"));
        Directory.CreateDirectory(folder);
        using (var file = File.Create(image))
        {
            file.SetLength(512 << 20);
        }

        Skip.IfNot(Environment.IsPrivilegedProcess, "only root can mount a file system");
        Skip.If(
            !File.Exists($"/usr/sbin/mkfs.{type}") || (await Run($"/usr/sbin/mkfs.{type}", "-q", image)).Code != 0,
            $"mkfs.{type} is not installed, or cannot make a file system here");
        var (mounted, _, why) = await Run("mount", "-o", "loop", image, folder);
        Skip.If(mounted != 0, $"{type} cannot be mounted here: {why.Trim()}");
        try
        {
            var source = MakeTree(Path.Combine(folder, "tree"));
            var copy = Path.Combine(folder, "copy");
            File.WriteAllBytes(Path.Combine(source, "huge"), Data(20 << 20));
            var (code, output, errors) = await Run(Program, "cp", source, copy, "--reflink", "always", "--verify");
            Assert.True(code == 0, output + errors);
            Assert.Equal(0, (await Run("diff", "-r", "--no-dereference", source, copy)).Code);
            Assert.Matches("files=64 .* shared=62 ", output);
            var (refused, _, error) = await Run(Program, "cp", Path.Combine(source, "huge"), PathOf("x"), "--reflink", "always");
            Assert.Equal(1, refused);
            Assert.Equal($"cp: {source}/huge: EXDEV (Invalid cross-device link): cannot share its blocks with {PathOf("x")}", error.Trim());
            Assert.False(File.Exists(PathOf("x")));
        }
        finally
        {
            Assert.Equal(0, (await Run("umount", folder)).Code);
        }
    }

    [SkippableFact]
    public async Task A_full_disk_is_a_line_and_leaves_no_partial_file()
    {
        var small = PathOf("small");
        Directory.CreateDirectory(small);
        var (mounted, _, why) = await Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small);
        Skip.If(mounted != 0, $"a tmpfs of 1 MiB cannot be mounted here: {why.Trim()}");
        try
        {
            File.WriteAllBytes(PathOf("large"), Data(4 << 20));
            var (code, _, errors) = await Run(Program, "cp", PathOf("large"), small);
            Assert.Equal(1, code);
            Assert.Contains("ENOSPC", errors, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(small));
        }
        finally
        {
            Assert.Equal(0, (await Run("umount", small)).Code);
        }
    }

    [SkippableFact]
    public async Task An_unreadable_file_is_a_line_and_the_rest_is_copied()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "only root can become somebody who may not read");
        var source = PathOf("tree");
        Directory.CreateDirectory(source);
        File.WriteAllText(Path.Combine(source, "secret"), "secret");
        File.SetUnixFileMode(Path.Combine(source, "secret"), UnixFileMode.UserRead);
        File.WriteAllText(Path.Combine(source, "open"), "open");
        const UnixFileMode everybody = (UnixFileMode)0x1ff;
        File.SetUnixFileMode(_folder, everybody);
        var (code, output, errors) = await Run(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Program, "cp", source, PathOf("copy"));
        Assert.True(code == 1, output + errors);
        Assert.Contains("secret", errors, StringComparison.Ordinal);
        Assert.Contains("EACCES", errors, StringComparison.Ordinal);
        Assert.Equal("open", File.ReadAllText(PathOf("copy/open")));
        Assert.False(File.Exists(PathOf("copy/secret")));
    }

    [Theory]
    [InlineData("--backend", "abacus")]
    [InlineData("--jobs", "0")]
    [InlineData("--jobs", "many")]
    [InlineData("--nonsense")]
    public async Task Bad_usage_is_one_sentence_and_exit_code_two(params string[] arguments)
    {
        File.WriteAllText(PathOf("file"), "x");
        var (code, _, errors) = await Run(Program, ["cp", PathOf("file"), PathOf("copy"), .. arguments]);
        Assert.Equal(2, code);
        Assert.Single(errors.Trim().Split('\n'));
        Assert.False(File.Exists(PathOf("copy")));
    }

    [SkippableFact]
    public async Task The_data_goes_through_the_ring_in_fewer_entries_than_operations()
    {
        Skip.If((await Which("strace")).Code != 0, "strace is not installed (Debian package strace)");
        var source = MakeTree(PathOf("tree"));
        var trace = PathOf("trace");
        var (code, output, errors) = await Run(
            "strace", "-f", "-c", "-o", trace, Program, "cp", source, PathOf("copy"), "--backend", "io-uring");
        Assert.True(code == 0, output + errors);
        var calls = File.ReadAllText(trace);
        Assert.Matches("io_uring_enter", calls);
        Assert.DoesNotMatch("pwrite64|sendfile", calls);
    }

    private static string MakeTree(string root)
    {
        Directory.CreateDirectory(Path.Combine(root, "a", "b"));
        Directory.CreateDirectory(Path.Combine(root, "empty"));
        for (var i = 0; i < 60; i++)
        {
            File.WriteAllBytes(Path.Combine(root, i % 2 == 0 ? "a" : "", $"small-{i}"), Data(i * 97));
        }

        File.WriteAllBytes(Path.Combine(root, "a", "b", "large"), Data(5_000_001));
        File.WriteAllBytes(Path.Combine(root, "nothing"), []);
        using (var sparse = File.Create(Path.Combine(root, "sparse")))
        {
            sparse.Position = 50 << 20;
            sparse.Write(Data(5000));
            sparse.SetLength(80 << 20);
        }

        File.CreateSymbolicLink(Path.Combine(root, "link"), "small-1");
        File.CreateSymbolicLink(Path.Combine(root, "a", "dangling"), "nowhere");
        File.SetUnixFileMode(
            Path.Combine(root, "small-1"), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead);
        File.SetLastWriteTimeUtc(Path.Combine(root, "small-3"), new DateTime(1999, 12, 31, 23, 59, 59, DateTimeKind.Utc));
        Directory.SetLastWriteTimeUtc(Path.Combine(root, "a", "b"), new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        return root;
    }

    private static byte[] Data(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        return data;
    }

    /// <summary>Every path below a root with its type, mode, size and time.</summary>
    private static async Task<string> Listing(string root)
    {
        var (code, output, errors) = await Run("find", root, "-printf", "%P %y %m %s %T@\n");
        Assert.True(code == 0, errors);

        // What a directory takes for its names is its own affair.
        var lines = output.Split('\n').Select(line => DirectorySize().Replace(line, "$1 $2")).Order(StringComparer.Ordinal);
        return string.Join('\n', lines);
    }

    private static Task<(int Code, string Output, string Errors)> Which(string program) =>
        Run("sh", "-c", $"command -v {program}");

    private static async Task<(int Code, string Output, string Errors)> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, await output, await errors);
    }

    [GeneratedRegex(@"^(.* d \d+) \d+ (.*)$")]
    private static partial Regex DirectorySize();

    private string PathOf(string name) => Path.Combine(_folder, name);
}

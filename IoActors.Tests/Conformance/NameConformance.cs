using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Akka.IoActors.Native;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>What operations on names, and on the room of files, do on every backend.</summary>
public abstract class NameConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task Directories_are_made_listed_and_removed()
    {
        var path = PathOf("new");
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(0, (await Do(new MkDir(path, mode))).Value);
        Assert.Equal(mode, File.GetUnixFileMode(path));
        Assert.Equal(Errno.EEXIST, (await Do(new MkDir(path))).Error);
        Assert.Equal(Errno.ENOENT, (await Do(new MkDir(PathOf("none/new")))).Error);
        File.WriteAllText(Path.Combine(path, "file"), "x");
        Assert.Equal(Errno.ENOTEMPTY, (await Do(new RmDir(path))).Error);
        Assert.Equal(Errno.EISDIR, (await Do(new Unlink(path))).Error);
        Assert.Equal(Errno.ENOTDIR, (await Do(new RmDir(Path.Combine(path, "file")))).Error);
        Assert.Equal(0, (await Do(new Unlink(Path.Combine(path, "file")))).Value);
        Assert.Equal(Errno.ENOENT, (await Do(new Unlink(Path.Combine(path, "file")))).Error);
        Assert.Equal(0, (await Do(new RmDir(path))).Value);
        Assert.False(Directory.Exists(path));
        Assert.Equal(Errno.ENOENT, (await Do(new RmDir(path))).Error);
    }

    [Fact]
    public async Task ReadDirectory_gives_every_entry_once_with_its_type_and_then_none()
    {
        var expected = new HashSet<string>();
        for (var n = 0; n < 2000; n++)
        {
            var name = $"a-name-that-is-long-enough-to-fill-several-batches-{n}";
            File.WriteAllBytes(PathOf(name), []);
            Assert.True(expected.Add(name));
        }

        Directory.CreateDirectory(PathOf("directory"));
        File.CreateSymbolicLink(PathOf("link"), "nowhere");
        byte[] bad = [.. Encoding.UTF8.GetBytes(PathOf("bad-")), 0xff, 0];
        Assert.Equal(0, Sys.MakeLink("x\0"u8, bad));
        var directory = await OpenFile(".", OpenFlags.Directory);
        var entries = new List<DirectoryEntry>();
        var batches = 0;
        while (await Do(new ReadDirectory(directory)) is { Value: > 0 and var count } result)
        {
            Assert.Equal(count, result.Entries.Count);
            entries.AddRange(result.Entries);
            batches++;
        }

        Assert.True(batches > 1);
        Assert.Equal(2003, entries.Count);
        Assert.Equal(FileType.Directory, entries.Single(entry => entry.Name == "directory").Type);
        Assert.Equal(FileType.SymbolicLink, entries.Single(entry => entry.Name == "link").Type);
        Assert.Equal([.. "bad-"u8, 0xff], entries.Single(entry => entry.Name == "bad-\ufffd").Bytes.ToArray());
        Assert.Equal(expected, entries.Where(entry => entry.Type == FileType.Regular).Select(entry => entry.Name).ToHashSet());
        var status = (await Do(new Stat(PathOf("directory")))).Status;
        Assert.Equal(status.Inode, entries.Single(entry => entry.Name == "directory").Inode);

        // .NET could not name it to remove it.
        Assert.Equal(0, Sys.Unlink(bad));
        var again = await Do(new ReadDirectory(directory));
        Assert.Equal(0, again.Value);
        Assert.Empty(again.Entries);
        Directory.CreateDirectory(PathOf("empty"));
        Assert.Equal(0, (await Do(new ReadDirectory(await OpenFile("empty", OpenFlags.Directory)))).Value);
        Assert.Equal(Errno.ENOTDIR, (await Do(new ReadDirectory(await OpenFile("file")))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new ReadDirectory(9999))).Error);
    }

    [Fact]
    public async Task Rename_replaces_spares_or_exchanges_what_has_the_new_name()
    {
        File.WriteAllText(PathOf("a"), "a");
        File.WriteAllText(PathOf("b"), "b");
        Assert.Equal(Errno.EEXIST, (await Do(new Rename(PathOf("a"), PathOf("b"), RenameFlags.NoReplace))).Error);
        Assert.Equal(0, (await Do(new Rename(PathOf("a"), PathOf("b"), RenameFlags.Exchange))).Value);
        Assert.Equal(("b", "a"), (File.ReadAllText(PathOf("a")), File.ReadAllText(PathOf("b"))));
        Assert.Equal(0, (await Do(new Rename(PathOf("a"), PathOf("b")))).Value);
        Assert.Equal("b", File.ReadAllText(PathOf("b")));
        Assert.False(File.Exists(PathOf("a")));
        Assert.Equal(Errno.ENOENT, (await Do(new Rename(PathOf("a"), PathOf("c")))).Error);
        Assert.Equal(Errno.ENOENT, (await Do(new Rename(PathOf("b"), PathOf("c"), RenameFlags.Exchange))).Error);
        Assert.Throws<ArgumentException>(() => new Rename("a", "b", RenameFlags.NoReplace | RenameFlags.Exchange));
    }

    [Fact]
    public async Task Links_are_made_read_and_followed_or_not()
    {
        File.WriteAllText(PathOf("file"), "12345");
        Assert.Equal(0, (await Do(new Link(PathOf("file"), PathOf("hard")))).Value);
        Assert.Equal(2, (await Do(new Stat(PathOf("hard")))).Status.Links);
        Assert.Equal(Errno.EEXIST, (await Do(new Link(PathOf("file"), PathOf("hard")))).Error);
        Assert.Equal(0, (await Do(new Symlink("file", PathOf("soft")))).Value);
        Assert.Equal(Errno.EEXIST, (await Do(new Symlink("x", PathOf("soft")))).Error);
        var read = await Do(new ReadLink(PathOf("soft")));
        Assert.Equal((4, "file"), (read.Value, read.LinkTarget));
        Assert.Equal(Errno.EINVAL, (await Do(new ReadLink(PathOf("file")))).Error);
        Assert.Equal(FileType.Regular, (await Do(new Stat(PathOf("soft")))).Status.Type);
        Assert.Equal(5, (await Do(new Stat(PathOf("soft")))).Status.Size);
        Assert.Equal(FileType.SymbolicLink, (await Do(new Stat(PathOf("soft"), follow: false))).Status.Type);
        Assert.Equal(0, (await Do(new Symlink("nowhere", PathOf("dangling")))).Value);
        Assert.Equal(Errno.ENOENT, (await Do(new Stat(PathOf("dangling")))).Error);
        var far = new string('x', 300);
        Assert.Equal(Errno.ENAMETOOLONG, (await Do(new Stat(PathOf(far)))).Error);
        Assert.Equal(Errno.ENAMETOOLONG, (await Do(new Stat(string.Concat(Enumerable.Repeat("d/", 3000))))).Error);
        Assert.Throws<ArgumentException>(() => new Stat("a\0b"));
        Assert.Throws<ArgumentException>(() => new Symlink("", "b"));
    }

    [Fact]
    public async Task Names_start_at_an_open_directory_and_cannot_leave_it_where_they_must_not()
    {
        Directory.CreateDirectory(PathOf("root"));
        File.WriteAllText(PathOf("secret"), "secret");
        File.CreateSymbolicLink(PathOf("root/out"), "../secret");
        File.CreateSymbolicLink(PathOf("root/absolute"), PathOf("secret"));
        var root = await OpenFile("root", OpenFlags.Directory | OpenFlags.PathOnly);
        Assert.Equal(0, (await Do(new MkDir("in", directory: root))).Value);
        var made = await Do(new Open(root, "in/file", OpenFlags.ReadWrite | OpenFlags.Create, resolve: ResolveFlags.Beneath));
        var file = Own(made.Handle);
        Assert.Equal(4, (await Do(new PWrite(file, "text"u8.ToArray(), 0))).Value);
        Assert.Equal("text", File.ReadAllText(PathOf("root/in/file")));
        Assert.Equal(4, (await Do(new Stat("in/file", directory: root))).Status.Size);
        Assert.Equal(0, (await Do(new Rename("in/file", "in/moved", directory: root))).Value);
        Assert.Equal(0, (await Do(new Link("in/moved", "hard", root))).Value);
        Assert.Equal(0, (await Do(new Symlink("in", "soft", root))).Value);
        Assert.Equal("in", (await Do(new ReadLink("soft", root))).LinkTarget);
        Assert.Equal(0, (await Do(new Unlink("in/moved", root))).Value);
        Assert.Equal(0, (await Do(new RmDir("in", root))).Value);
        Assert.True(File.Exists(PathOf("root/hard")));

        foreach (var (path, flags, error) in new[]
                 {
                     ("../secret", ResolveFlags.Beneath, Errno.EXDEV),
                     (PathOf("secret"), ResolveFlags.Beneath, Errno.EXDEV),
                     ("out", ResolveFlags.Beneath, Errno.EXDEV),
                     ("absolute", ResolveFlags.Beneath, Errno.EXDEV),
                     ("out", ResolveFlags.NoSymlinks, Errno.ELOOP),
                     ("out", ResolveFlags.InRoot, Errno.ENOENT),
                     ("../hard/", ResolveFlags.InRoot, Errno.ENOTDIR),
                 })
        {
            Assert.Equal((path, error), (path, (await Do(new Open(root, path, resolve: flags))).Error));
        }

        Own((await Do(new Open(root, "../hard", resolve: ResolveFlags.InRoot))).Handle);
        Own((await Do(new Open(root, "../secret"))).Handle);
        Assert.Equal(Errno.ENOTDIR, (await Do(new Stat("x", directory: file))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new Stat("x", directory: 9999))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new Stat("x", directory: -100))).Error);
        Assert.Equal(Errno.ENOTDIR, (await Do(new MkDir("x", directory: MakePipe().Read))).Error);
        Assert.Throws<ArgumentException>(() => new Open(root, "x", resolve: (ResolveFlags)0x400));
    }

    [Fact]
    public async Task FAllocate_keeps_room_and_punches_holes()
    {
        var file = await OpenFile();
        Assert.Equal(0, (await Do(new FAllocate(file, 0, 1 << 20))).Value);
        var status = (await Do(new FStat(file))).Status;
        Assert.Equal(1 << 20, status.Size);
        Assert.True(status.AllocatedSize >= 1 << 20, $"{status.AllocatedSize}");
        Assert.Equal(0, (await Do(new FAllocate(file, 1 << 20, 1 << 20, FAllocateFlags.KeepSize))).Value);
        Assert.Equal(1 << 20, (await Do(new FStat(file))).Status.Size);
        Assert.Equal(65536, (await Do(new PWrite(file, Bytes(65536), 0))).Value);
        Assert.Equal(0, (await Do(new FAllocate(file, 4096, 8192, FAllocateFlags.PunchHole | FAllocateFlags.KeepSize))).Value);
        var back = new byte[65536];
        Assert.Equal(65536, (await Do(new PRead(file, back, 0))).Value);
        var wanted = Bytes(65536);
        wanted.AsSpan(4096, 8192).Clear();
        Assert.Equal(wanted, back);
        Assert.Equal(Errno.EINVAL, (await Do(new FAllocate(file, 0, 0))).Error);
        Assert.Equal(Errno.EOPNOTSUPP, (await Do(new FAllocate(file, 0, 4096, FAllocateFlags.PunchHole))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new FAllocate(await OpenFile(flags: OpenFlags.ReadOnly), 0, 4096))).Error);
        Assert.Equal(Errno.ESPIPE, (await Do(new FAllocate(MakePipe().Write, 0, 4096))).Error);
        Assert.Throws<ArgumentOutOfRangeException>(() => new FAllocate(file, -1, 1));
    }

    [Fact]
    public async Task FAdvise_and_SyncFileRange_take_what_the_kernel_takes()
    {
        var file = await OpenFile();
        Assert.Equal(65536, (await Do(new PWrite(file, Bytes(65536), 0))).Value);
        Assert.Equal(0, (await Do(new SyncFileRange(file))).Value);
        Assert.Equal(0, (await Do(new SyncFileRange(file, 4096, 5L << 30, SyncFileRangeFlags.Write))).Value);
        foreach (var advice in Enum.GetValues<FileAdvice>())
        {
            Assert.Equal(0, (await Do(new FAdvise(file, advice))).Value);
            Assert.Equal(0, (await Do(new FAdvise(file, advice, 4096, 5L << 30))).Value);
        }

        var (read, write) = MakePipe();
        Assert.Equal(Errno.ESPIPE, (await Do(new FAdvise(read, FileAdvice.WillNeed))).Error);
        Assert.Equal(Errno.ESPIPE, (await Do(new SyncFileRange(write))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new FAdvise(9999, FileAdvice.Normal))).Error);
        Assert.Equal(Errno.EBADF, (await Do(new SyncFileRange(9999))).Error);
        Assert.Throws<ArgumentOutOfRangeException>(() => new FAdvise(file, (FileAdvice)9));
        Assert.Throws<ArgumentException>(() => new SyncFileRange(file, flags: (SyncFileRangeFlags)8));
    }

    [Fact]
    public async Task The_client_has_a_method_for_each()
    {
        var client = Io.Client;
        Assert.Equal(0, (await client.MkDirAsync(PathOf("d"))).Value);
        Assert.Equal(0, (await client.SymlinkAsync("d", PathOf("s"))).Value);
        Assert.Equal("d", (await client.ReadLinkAsync(PathOf("s"))).LinkTarget);
        Assert.Equal(FileType.Directory, (await client.StatAsync(PathOf("s"))).Status.Type);
        using var directory = (await client.OpenAsync(PathOf("d"), OpenFlags.Directory)).Handle;
        using (var file = (await client.OpenAsync(directory, "f", OpenFlags.ReadWrite | OpenFlags.Create, resolve: ResolveFlags.Beneath)).Handle)
        {
            Assert.Equal(0, (await client.FAllocateAsync(file, 0, 4096)).Value);
            Assert.Equal(0, (await client.FAdviseAsync(file, FileAdvice.Sequential)).Value);
        }

        Assert.Equal(0, (await client.LinkAsync(PathOf("d/f"), PathOf("d/g"))).Value);
        Assert.Equal(0, (await client.RenameAsync(PathOf("d/g"), PathOf("d/h"))).Value);
        Assert.Equal(["f", "h"], (await client.ReadDirectoryAsync(directory)).Entries.Select(entry => entry.Name).Order());
        Assert.Equal(0, (await client.UnlinkAsync(PathOf("d/f"))).Value);
        Assert.Equal(0, (await client.UnlinkAsync(PathOf("d/h"))).Value);
        Assert.Equal(0, (await client.RmDirAsync(PathOf("d"))).Value);
    }
}

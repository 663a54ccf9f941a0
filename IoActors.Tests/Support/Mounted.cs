using System;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace Akka.IoActors.Tests.Support;

/// <summary>A file system that a test has for itself; the test is skipped where none can be mounted.</summary>
internal sealed class Mounted : IAsyncDisposable
{
    private Mounted(string folder) => Folder = folder;

    /// <summary>Where it is.</summary>
    internal string Folder { get; }

    /// <summary>One in memory, over a folder, with room for so much (as mount says it: 64k).</summary>
    internal static Task<Mounted> Tmpfs(string folder, string size) => Mount(folder, "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder);

    /// <summary>An ext4, in a sparse file of a folder; it may be larger than what that has room for.</summary>
    internal static async Task<Mounted> Ext4(string folder, string size)
    {
        var disk = Path.Combine(folder, "disk");
        Assert.Equal(0, (await Run("truncate", "-s", size, disk)).Code);
        Skip.IfNot(File.Exists("/usr/sbin/mkfs.ext4"), "mkfs.ext4 is not installed (Debian package e2fsprogs)");
        var (made, errors) = await Run("/usr/sbin/mkfs.ext4", "-q", "-F", disk);
        Assert.True(made == 0, errors);
        var inner = Path.Combine(folder, "inner");
        Directory.CreateDirectory(inner);
        return await Mount(inner, "-o", "loop", disk, inner);
    }

    /// <summary>Unmounts it.</summary>
    public async ValueTask DisposeAsync()
    {
        // Lazily: a test that has failed may have left something open.
        var (code, errors) = await Run("umount", "-l", Folder);
        Assert.True(code == 0, errors);
    }

    private static async Task<Mounted> Mount(string folder, params string[] arguments)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "only root can mount a file system");
        var (code, errors) = await Run("mount", arguments);
        Skip.If(code != 0, $"a file system cannot be mounted here: {errors.Trim()}");
        return new Mounted(folder);
    }

    private static async Task<(int Code, string Errors)> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, errors);
    }
}

using System;
using System.IO;
using System.Threading.Tasks;
using Akka.Configuration;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Clustering.Export;

/// <summary>
/// A directory that is exported. The kernel keeps every path beneath it (<c>openat2(2)</c>, RESOLVE_BENEATH): whatever changes a name opens the directory
/// of that name in this way first, and then names it from there.
/// </summary>
internal sealed class ExportedRoot : IDisposable
{
    /// <summary>How often a path is tried anew that somebody renames meanwhile (−EAGAIN of openat2).</summary>
    private const int Attempts = 8;

    private const OpenFlags Wanted = OpenFlags.WriteOnly | OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.Truncate
        | OpenFlags.Append | OpenFlags.DataSync | OpenFlags.Sync | OpenFlags.NoFollow;

    private const OpenFlags Changing = OpenFlags.WriteOnly | OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.Append;

    private const UnixFileMode Permissions = (UnixFileMode)0x1ff;

    private readonly IoClient _io;
    private readonly SafeFileHandle _directory;

    private ExportedRoot(IoClient io, RootExport export, SafeFileHandle directory)
    {
        (_io, Export, _directory) = (io, export, directory);
    }

    internal RootExport Export { get; }

    /// <summary>Opens the directory, and finds out whether the kernel can keep paths beneath it.</summary>
    internal static async Task<ExportedRoot> Open(IoClient io, RootExport export, string path)
    {
        var opened = await io.OpenAsync(path, OpenFlags.ReadOnly | OpenFlags.Directory).ConfigureAwait(false);
        if (!opened.IsSuccess)
        {
            throw new ConfigurationException($"The root {export.Name} cannot be opened: {path}: {opened.Error.Name()} ({opened.Error.Description()}).");
        }

        var root = new ExportedRoot(io, export, opened.Handle);
        var beneath = await root.OpenDirectory(".").ConfigureAwait(false);
        if (!beneath.IsSuccess)
        {
            root.Dispose();
            throw new ConfigurationException(
                $"The kernel does not keep paths beneath the root {export.Name} (openat2: {beneath.Error.Name()}): that takes Linux 5.6, and no sandbox that forbids it.");
        }

        beneath.Handle.Dispose();
        return root;
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Why a way of opening is not allowed; None if it is.</summary>
    internal Errno Refusal(OpenFlags flags) =>
        (flags & ~Wanted) != 0 ? Errno.EINVAL : (flags & Changing) != 0 && !Export.Writable ? Errno.EROFS : Errno.None;

    /// <summary>Opens a file: a regular one. Not a FIFO or device, which would do what reading and writing them does, to somebody else.</summary>
    /// <returns>The result, or the errno of what stands in the way.</returns>
    internal async Task<(IoResult Result, Errno Error)> OpenFile(string path, OpenFlags flags, UnixFileMode mode)
    {
        if (Refusal(flags) is var refusal and not Errno.None)
        {
            return (null!, refusal);
        }

        var opened = await OpenBeneath(
            path.Length == 0 ? "." : path, flags | OpenFlags.NonBlock | OpenFlags.NoControllingTerminal, mode & Permissions).ConfigureAwait(false);
        if (!opened.IsSuccess)
        {
            return (opened, opened.Error);
        }

        var file = opened.Handle;
        var status = await _io.FStatAsync(file).ConfigureAwait(false);
        var error = !status.IsSuccess ? status.Error
            : status.Status.Type == FileType.Regular ? Errno.None
            : status.Status.Type == FileType.Directory ? Errno.EISDIR : Errno.EACCES;
        if (error != Errno.None)
        {
            await _io.CloseAsync(file).ConfigureAwait(false);
        }

        return (opened, error);
    }

    internal ValueTask<IoResult> OpenDirectory(string path) =>
        OpenBeneath(path.Length == 0 ? "." : path, OpenFlags.ReadOnly | OpenFlags.Directory, 0);

    internal async Task<(FileStatus? Status, Errno Error)> Stat(string path)
    {
        if (path.Length == 0)
        {
            var status = await _io.FStatAsync(_directory).ConfigureAwait(false);
            return status.IsSuccess ? (status.Status, Errno.None) : (null, status.Error);
        }

        FileStatus? found = null;
        var error = await InDirectory(path, async (directory, name) =>
        {
            var status = await _io.SubmitAsync(new Stat(name, follow: false, directory)).ConfigureAwait(false);
            found = status.IsSuccess ? status.Status : null;
            return status;
        }).ConfigureAwait(false);
        return (found, error);
    }

    internal Task<Errno> MkDir(string path, UnixFileMode mode) =>
        Change(path, (directory, name) => new MkDir(name, mode & Permissions, directory));

    internal Task<Errno> Unlink(string path) => Change(path, (directory, name) => new Unlink(name, directory));

    internal Task<Errno> RmDir(string path) => Change(path, (directory, name) => new RmDir(name, directory));

    internal Task<Errno> Rename(string path, string newName) =>
        Change(path, (directory, name) => new Rename(name, newName, RenameFlags.None, directory));

    private async Task<Errno> Change(string path, Func<SafeFileHandle, string, IoOperation> make)
    {
        if (!Export.Writable)
        {
            return Errno.EROFS;
        }

        return await InDirectory(path, async (directory, name) => await _io.SubmitAsync(make(directory, name)).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Does something with a name from within its directory.</summary>
    private async Task<Errno> InDirectory(string path, Func<SafeFileHandle, string, Task<IoResult>> act)
    {
        var (directory, name) = RootPath.Split(path);
        if (name is "" or "." or "..")
        {
            return Errno.EINVAL;
        }

        var opened = await OpenDirectory(directory).ConfigureAwait(false);
        if (!opened.IsSuccess)
        {
            return opened.Error;
        }

        var handle = opened.Handle;
        var result = await act(handle, name).ConfigureAwait(false);
        await _io.CloseAsync(handle).ConfigureAwait(false);
        return result.IsSuccess ? Errno.None : result.Error;
    }

    private async ValueTask<IoResult> OpenBeneath(string path, OpenFlags flags, UnixFileMode mode)
    {
        for (var attempt = 1; ; attempt++)
        {
            var opened = await _io
                .SubmitAsync(new Open(_directory, path, flags, mode, ResolveFlags.Beneath | ResolveFlags.NoMagicLinks))
                .ConfigureAwait(false);
            if (opened.IsSuccess || opened.Error != Errno.EAGAIN || attempt == Attempts)
            {
                return opened;
            }
        }
    }
}

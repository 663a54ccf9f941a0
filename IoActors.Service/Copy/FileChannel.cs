using System;
using System.IO;
using System.Threading.Tasks;
using Akka.IoActors.Native;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// The operations of a copy as messages to the backend; what fails is thrown with the words that the user
/// reads. Where a copy's name is given, it is the copy that failed, not the source.
/// </summary>
internal sealed class FileChannel(IoClient client)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens a source.</summary>
    internal async ValueTask<SafeFileHandle> OpenAsync(FilePath path, OpenFlags flags)
    {
        if (path.TryGetText(out var text))
        {
            return Check(await client.OpenAsync(text, flags).ConfigureAwait(false)).Handle;
        }

        // An Open has its path as text. A reference opened by bytes has a name that is text; it is a link
        // itself, so NoFollow counts when it is made.
        using var reference = Refer(path, flags & OpenFlags.NoFollow);
        return Check(await client.OpenAsync(NameOf(reference), flags & ~OpenFlags.NoFollow).ConfigureAwait(false))
            .Handle;
    }

    /// <summary>Looks at the source while the copy's file is made, that nobody but the user may read yet.</summary>
    internal async ValueTask<(FileStatus Source, SafeFileHandle Copy)> StatAndCreateAsync(
        SafeFileHandle from, FilePath path, OpenFlags flags, FilePath copy)
    {
        var looking = client.FStatAsync(from);
        var created = await CreateAsync(path, flags | OpenFlags.Create | OpenFlags.Exclusive).ConfigureAwait(false);
        var looked = await looking.ConfigureAwait(false);
        var file = Check(created, "cannot write", copy).Handle;
        try
        {
            return (Check(looked).Status, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    internal async ValueTask<FileStatus> StatAsync(SafeFileHandle file, FilePath? copy = null) =>
        Check(await client.FStatAsync(file).ConfigureAwait(false), "cannot look at", copy).Status;

    internal async ValueTask<int> ReadAsync(SafeFileHandle file, Memory<byte> buffer, long offset, FilePath? copy) =>
        (int)Check(await client.PReadAsync(file, buffer, offset).ConfigureAwait(false), "cannot read", copy).Value;

    internal async ValueTask<int> WriteAsync(
        SafeFileHandle file, ReadOnlyMemory<byte> buffer, long offset, FilePath copy)
    {
        var written = (int)Check(
            await client.PWriteAsync(file, buffer, offset).ConfigureAwait(false), "cannot write", copy).Value;
        return written > 0 ? written : throw new CopyException(Errno.EIO, null, $"cannot write {copy}");
    }

    /// <summary>
    /// Copies without a buffer. 0 may be the end of the source, or a file system that cannot; so may an error, which does not
    /// tell either whether the source or the copy has it.
    /// </summary>
    internal async ValueTask<int> TryCopyRangeAsync(SafeFileHandle from, SafeFileHandle to, long offset, int length) =>
        await client.CopyRangeAsync(from, offset, to, offset, length).ConfigureAwait(false) is { IsSuccess: true, Value: var copied }
            ? (int)copied
            : 0;

    internal async ValueTask TruncateAsync(SafeFileHandle file, long length, FilePath copy) =>
        Check(await client.FTruncateAsync(file, length).ConfigureAwait(false), "cannot write", copy);

    internal async ValueTask SyncAsync(SafeFileHandle file, FilePath copy) =>
        Check(await client.FSyncAsync(file).ConfigureAwait(false), "cannot write", copy);

    /// <summary>
    /// The end of a copy, sent in one go: the copy is brought to the device if that is wanted, the source looked at once
    /// more, and both are closed. A file system that writes late tells its last error here.
    /// </summary>
    /// <returns>What the source is now.</returns>
    internal async ValueTask<FileStatus> FinishAsync(SafeFileHandle from, SafeFileHandle to, FilePath copy, bool sync)
    {
        // Each Close waits for what was sent for its descriptor before: the law of order.
        var syncing = sync ? client.FSyncAsync(to) : default;
        var looking = client.FStatAsync(from);
        var closing = client.CloseAsync(to);
        await client.CloseAsync(from).ConfigureAwait(false);
        var looked = await looking.ConfigureAwait(false);
        var synced = sync ? await syncing.ConfigureAwait(false) : null;
        var closed = await closing.ConfigureAwait(false);
        if (synced is not null)
        {
            Check(synced, "cannot write", copy);
        }

        Check(closed, "cannot write", copy);
        return Check(looked).Status;
    }

    private async ValueTask<IoResult> CreateAsync(FilePath path, OpenFlags flags)
    {
        if (path.TryGetText(out var text))
        {
            return await client.OpenAsync(text, flags, Private).ConfigureAwait(false);
        }

        using var directory = Refer(path.Parent, OpenFlags.Directory);
        FilePath.TryGetText(path.Name, out var name);
        return await client.OpenAsync($"{NameOf(directory)}/{name}", flags, Private).ConfigureAwait(false);
    }

    private static IoResult Check(IoResult result, string? doing = null, FilePath? copy = null)
    {
        CopyException.ThrowIfFailed(result.IsSuccess ? 0 : -(long)result.Error, copy is null ? null : doing, copy);
        return result;
    }

    private static SafeFileHandle Refer(FilePath path, OpenFlags flags)
    {
        var fd = Sys.OpenPath(path.Terminated, (flags | OpenFlags.PathOnly).ToNative());
        CopyException.ThrowIfFailed(fd);
        return new SafeFileHandle(fd, ownsHandle: true);
    }

    private static string NameOf(SafeFileHandle reference) =>
        FormattableString.Invariant($"/proc/self/fd/{(int)reference.DangerousGetHandle()}");
}

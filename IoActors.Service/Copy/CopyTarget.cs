using System;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service.Copy;

/// <summary>Where a copy goes, and whether it may.</summary>
internal static class CopyTarget
{
    /// <summary>The name of the copy: the destination itself, or in it if it is a directory.</summary>
    /// <exception cref="CopyException">There is no source, or the copy would be the source or a part of it.</exception>
    internal static FilePath Resolve(FilePath source, FilePath destination)
    {
        CopyException.ThrowIfFailed(Sys.Stat(source.Terminated, follow: false, out var statx));
        var status = new FileStatus(statx);
        var target = IsDirectory(destination, out _) ? Inside(destination, source.Name) : destination;
        var isDirectory = status.Type == FileType.Directory;
        if (Sys.Stat(target.Terminated, follow: status.Type != FileType.SymbolicLink, out statx) >= 0
            && new FileStatus(statx).IsSameAs(status))
        {
            throw CopyException.SameFile(target);
        }

        if (isDirectory)
        {
            CheckOutside(status, target);
        }
        else if (target.EndsWithSlash)
        {
            throw new CopyException(Errno.ENOTDIR, null, $"cannot write {target}");
        }

        return target;
    }

    /// <summary>Whether there is a directory, or a link to one, with this name.</summary>
    internal static bool IsDirectory(FilePath path, out FileStatus? status)
    {
        status = Sys.Stat(path.Terminated, follow: true, out var statx) >= 0 ? new FileStatus(statx) : null;
        return status?.Type == FileType.Directory;
    }

    /// <summary>The source's own name in the destination; <c>tree/.</c> and <c>/</c> stand for what is in them.</summary>
    private static FilePath Inside(FilePath destination, ReadOnlySpan<byte> name) =>
        name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) ? destination : destination.Child(name);

    /// <summary>Goes up from where the copy would be: the source must not be on the way.</summary>
    private static void CheckOutside(FileStatus source, FilePath target)
    {
        FileStatus? below = null;
        var above = target.Parent;
        while (IsDirectory(above, out var status) && (below is null || !below.IsSameAs(status!)))
        {
            if (status!.IsSameAs(source))
            {
                throw new CopyException(Errno.EINVAL, $"it cannot be copied into itself, as {target}");
            }

            below = status;
            above = above.Child(".."u8);
        }
    }
}

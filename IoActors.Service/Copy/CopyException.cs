using System;

namespace Akka.IoActors.Service.Copy;

/// <summary>A path cannot be copied: what the one line about it says, but for its name.</summary>
internal sealed class CopyException : Exception
{
    /// <param name="error">Why.</param>
    /// <param name="explanation">
    /// What stands in brackets behind the errno, where it is not the kernel that refuses; null for what the C
    /// library says.
    /// </param>
    /// <param name="doing">What failed, where it is not the source itself; null for the source.</param>
    internal CopyException(Errno error, string? explanation = null, string? doing = null)
        : base($"{error.Name()} ({explanation ?? error.Description()}){(doing is null ? "" : ": " + doing)}")
    {
        Error = error;
        IsOurs = explanation is not null;
    }

    /// <summary>Why.</summary>
    internal Errno Error { get; }

    /// <summary>Whether it is this program that refuses, not the kernel.</summary>
    internal bool IsOurs { get; }

    /// <summary>Throws where a call answered a negative errno.</summary>
    /// <param name="result">The answer.</param>
    /// <param name="doing">What failed, where it is not the source itself.</param>
    /// <param name="what">What it was done to.</param>
    internal static void ThrowIfFailed(long result, string? doing = null, FilePath? what = null)
    {
        if (result < 0)
        {
            throw new CopyException((Errno)(int)-result, null, doing is null ? null : $"{doing} {what}");
        }
    }

    /// <summary>Source and copy are one.</summary>
    internal static CopyException SameFile(FilePath target) =>
        new(Errno.EINVAL, $"it and {target} are the same file");

    /// <summary>There is nothing in it that could be copied.</summary>
    internal static CopyException NotCopied(FileType type) => new(
        Errno.EOPNOTSUPP,
        type switch
        {
            FileType.Fifo => "a FIFO is not copied",
            FileType.Socket => "a socket is not copied",
            FileType.CharacterDevice or FileType.BlockDevice => "a device is not copied",
            _ => "it is no file, directory or symbolic link",
        });
}

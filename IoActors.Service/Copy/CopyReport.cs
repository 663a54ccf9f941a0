using System;
using System.Threading;

namespace Akka.IoActors.Service.Copy;

/// <summary>What has been done so far, and what could not be. Any thread.</summary>
internal sealed class CopyReport
{
    private long _files;
    private long _directories;
    private long _links;
    private long _bytes;
    private long _verified;
    private long _failed;
    private long _interrupted;
    private long _transferred;
    private long _shared;

    /// <summary>Told of each line for the error output; set while somebody shows them.</summary>
    internal Action<string>? LineWritten { get; set; }

    /// <summary>Files whose copies have their names.</summary>
    internal long Files => Interlocked.Read(ref _files);

    /// <summary>Directories that are there.</summary>
    internal long Directories => Interlocked.Read(ref _directories);

    /// <summary>Symbolic links whose copies have their names.</summary>
    internal long Links => Interlocked.Read(ref _links);

    /// <summary>The sizes of those files together.</summary>
    internal long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Files whose copies were read again and are the same.</summary>
    internal long Verified => Interlocked.Read(ref _verified);

    /// <summary>Lines about what could not be done.</summary>
    internal long Failed => Interlocked.Read(ref _failed);

    /// <summary>Files that the user's interrupt came before the end of.</summary>
    internal long Interrupted => Interlocked.Read(ref _interrupted);

    /// <summary>Bytes written, of finished and unfinished files: for those who watch.</summary>
    internal long Transferred => Interlocked.Read(ref _transferred);

    /// <summary>Files that share the blocks of their sources.</summary>
    internal long Shared => Interlocked.Read(ref _shared);

    /// <summary>A file is done.</summary>
    internal void AddFile(long bytes, bool verified)
    {
        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, bytes);
        if (verified)
        {
            Interlocked.Increment(ref _verified);
        }
    }

    /// <summary>A directory is there.</summary>
    internal void AddDirectory() => Interlocked.Increment(ref _directories);

    /// <summary>A symbolic link is done.</summary>
    internal void AddLink() => Interlocked.Increment(ref _links);

    /// <summary>A file was begun and given up.</summary>
    internal void AddInterrupted() => Interlocked.Increment(ref _interrupted);

    /// <summary>A file has got the blocks of its source.</summary>
    internal void AddShared(long bytes)
    {
        Interlocked.Increment(ref _shared);
        AddTransferred(bytes);
    }

    /// <summary>Some bytes are written, or are a hole.</summary>
    internal void AddTransferred(long bytes) => Interlocked.Add(ref _transferred, bytes);

    /// <summary>A path of the source could not be copied as it is.</summary>
    internal void Fail(FilePath source, CopyException cause)
    {
        Interlocked.Increment(ref _failed);
        Write($"cp: {source}: {cause.Message}");
    }

    /// <summary>Something that the user should know, and that is no failure.</summary>
    internal void Warn(string text) => Write($"cp: warning: {text}");

    /// <summary>A line for the error output.</summary>
    internal void Write(string line) => LineWritten?.Invoke(line);
}

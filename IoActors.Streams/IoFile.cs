using System;
using System.IO;
using System.Threading.Tasks;
using Akka.IO;
using Akka.Streams.Dsl;
using Akka.Streams.IO;

namespace Akka.IoActors.Streams;

/// <summary>Sources and sinks over files, on the I/O service: what <c>FileIO</c> is to Akka.Streams.</summary>
public static class IoFile
{
    /// <summary>The bytes of a source's elements, unless told otherwise.</summary>
    public const int DefaultChunkSize = 65536;

    /// <summary>
    /// A source of a file's bytes. The next element is read when the one before has been taken, so that a slow stream holds one
    /// element, not the file.
    /// </summary>
    /// <param name="io">The client whose operations it makes.</param>
    /// <param name="path">The file; it is opened when the stream starts.</param>
    /// <param name="chunkSize">The bytes of an element; the last one may have fewer.</param>
    /// <param name="startPosition">Where in the file to start, in bytes.</param>
    /// <returns>
    /// The source. It materializes the bytes read and whether that was all; a failure to open or read fails the stream, too: an
    /// <see cref="IoException"/>, with the errno.
    /// </returns>
    public static Source<ByteString, Task<IOResult>> Source(
        IoClient io, string path, int chunkSize = DefaultChunkSize, long startPosition = 0)
    {
        ArgumentNullException.ThrowIfNull(io);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunkSize);
        ArgumentOutOfRangeException.ThrowIfNegative(startPosition);
        return Akka.Streams.Dsl.Source.FromGraph(new FileSource(io, path, chunkSize, startPosition));
    }

    /// <summary>A sink that writes what comes to a file. The next element is asked for when the one before has been written.</summary>
    /// <param name="io">The client whose operations it makes.</param>
    /// <param name="path">The file; it is opened when the stream starts.</param>
    /// <param name="flags">How to open it; made, or cut to nothing, unless told otherwise.</param>
    /// <param name="sync">When to bring the bytes to the device.</param>
    /// <param name="mode">The permissions of a file that is made, less the umask.</param>
    /// <returns>
    /// The sink. It materializes the bytes written, and whether that was all, once the file is closed; a failure to open or write
    /// cancels the stream.
    /// </returns>
    public static Sink<ByteString, Task<IOResult>> Sink(
        IoClient io,
        string path,
        OpenFlags flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate,
        SyncPolicy sync = SyncPolicy.Never,
        UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead)
    {
        ArgumentNullException.ThrowIfNull(io);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Akka.Streams.Dsl.Sink.FromGraph(new FileSink(io, path, flags, sync, mode));
    }
}

/// <summary>When a sink brings what it has written to the device (fdatasync).</summary>
public enum SyncPolicy
{
    /// <summary>The kernel does, when it sees fit.</summary>
    Never,

    /// <summary>Once, before the sink completes.</summary>
    AtEnd,

    /// <summary>After each element, before the next is asked for.</summary>
    EachElement,
}

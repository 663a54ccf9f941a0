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
    /// element, not the file; at once, on the stage's own thread, if the page cache has it.
    /// </summary>
    /// <param name="io">The client whose operations it makes.</param>
    /// <param name="path">The file; it is opened when the stream starts.</param>
    /// <param name="chunkSize">The bytes of an element; the last one may have fewer.</param>
    /// <param name="startPosition">Where in the file to start, in bytes.</param>
    /// <param name="direct">
    /// Whether to read past the page cache (O_DIRECT), for files that are read once and are large: chunk size and start are then to be multiples of
    /// <see cref="IoMemory.Alignment"/>. EINVAL where the file system cannot.
    /// </param>
    /// <returns>
    /// The source. It materializes the bytes read and whether that was all; a failure to open or read fails the stream, too: an
    /// <see cref="IoException"/>, with the errno.
    /// </returns>
    public static Source<ByteString, Task<IOResult>> Source(
        IoClient io, string path, int chunkSize = DefaultChunkSize, long startPosition = 0, bool direct = false)
    {
        ArgumentNullException.ThrowIfNull(io);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunkSize);
        ArgumentOutOfRangeException.ThrowIfNegative(startPosition);
        if (direct && (chunkSize % IoMemory.Alignment != 0 || startPosition % IoMemory.Alignment != 0))
        {
            throw new ArgumentException(
                $"With direct = true chunk size ({chunkSize}) and start ({startPosition}) are to be multiples of {IoMemory.Alignment}.", nameof(direct));
        }

        return Akka.Streams.Dsl.Source.FromGraph(new FileSource(io, path, chunkSize, startPosition, direct));
    }

    /// <summary>
    /// A source of what is appended to a file, for as long as the stream goes on: as <c>tail -F</c>. It waits for a file that is not there yet. A file that is
    /// cut is read from its start again; when its name is given to another file (rotation), the old one is read to its end, and then the new one.
    /// </summary>
    /// <param name="io">The client whose operations it makes.</param>
    /// <param name="path">The file.</param>
    /// <param name="startPosition">Where in the file to start, in bytes; at its end if null. Files that come later are read from their start.</param>
    /// <param name="interval">How often to look whether there is more, 250 ms if null; between, the loop has a timer, and nobody waits.</param>
    /// <param name="chunkSize">The bytes of an element, at the most.</param>
    /// <returns>
    /// The source. It ends when it is cancelled, or with an <see cref="IoException"/>. Lines are made by <see cref="Framing.Delimiter"/>. Not noticed is
    /// what happens between two looks: a file that is overwritten in place, or cut and as long again; and one that gets the name and loses it.
    /// </returns>
    public static Source<ByteString, NotUsed> Tail(
        IoClient io, string path, long? startPosition = null, TimeSpan? interval = null, int chunkSize = DefaultChunkSize)
    {
        ArgumentNullException.ThrowIfNull(io);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(startPosition ?? 0, nameof(startPosition));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(interval));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunkSize);
        return Akka.Streams.Dsl.Source.UnfoldResourceAsync(
            () => Task.FromResult(new FileTail(io, path, chunkSize, interval ?? TimeSpan.FromMilliseconds(250), startPosition)),
            tail => tail.Next(),
            async tail =>
            {
                await tail.DisposeAsync().ConfigureAwait(false);
                return Done.Instance;
            });
    }

    /// <summary>
    /// A sink that writes what comes to a file. What comes while it writes is gathered and written at once; while 512 KiB wait, nothing more is
    /// asked for.
    /// </summary>
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

using System;
using System.IO;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.OpenFiles;

namespace Akka.IoActors;

/// <summary>
/// What is said to <c>system.IoFiles()</c> and the files that it opens: a file as an actor, spoken to in messages that carry their
/// bytes, so that they reach a file on another node as well. Commands are imperative, events tell what has happened; each command
/// is answered by one event, <see cref="Failed"/> if it has failed, but for a <see cref="Demand"/>.
/// </summary>
/// <remarks>
/// Commands at the file position take effect in the order in which they are sent, and <see cref="FSync"/>, <see cref="FStat"/> and
/// <see cref="FTruncate"/> after all that was sent before them. <see cref="PRead"/> and <see cref="PWrite"/> wait for nobody but an
/// <see cref="FTruncate"/>. Writes that wait for each other are written together, and share one flush of the device: group commit.
/// A file takes so many commands and bytes at once (<c>io-actors.files</c>); past that it answers EAGAIN. It closes itself when its
/// owner stops, once it has written what it was sent.
/// </remarks>
public static class Files
{
    /// <summary>The permissions of a file that is made, less the umask: 0666.</summary>
    public const UnixFileMode DefaultMode = Akka.IoActors.Open.DefaultMode;

    /// <summary>Something that is wanted of the manager, a file, or a reader.</summary>
    public abstract record Command
    {
        private protected Command()
        {
        }

        /// <summary>Comes back with the events that answer it.</summary>
        public long Tag { get; init; }

        /// <summary>The bytes that it holds while it waits.</summary>
        internal virtual long Weight => 0;

        /// <summary>Whether another node has sent it: set by the serializer, and by nothing that a node could send.</summary>
        internal bool IsRemote { get; init; }

        /// <summary>The bytes that it brings; none for most.</summary>
        internal virtual ByteString Body => ByteString.Empty;

        /// <summary>The same with other bytes.</summary>
        internal virtual Command WithBody(ByteString body) => this;

        private protected static ByteString Check(ByteString data)
        {
            ArgumentNullException.ThrowIfNull(data);
            return data;
        }
    }

    /// <summary>A command with one event to answer it, or <see cref="Failed"/>.</summary>
    /// <typeparam name="TEvent">The event: what <see cref="FilesExtensions.Ask"/> gives.</typeparam>
    public abstract record Command<TEvent> : Command
        where TEvent : Event
    {
        private protected Command()
        {
        }
    }

    /// <summary>What has happened.</summary>
    public abstract record Event
    {
        private protected Event()
        {
        }

        /// <summary>The <see cref="Command.Tag"/> of the command.</summary>
        public long Tag { get; init; }

        /// <summary>The bytes that it brings; none for most.</summary>
        internal virtual ByteString Body => ByteString.Empty;

        /// <summary>The same with other bytes.</summary>
        internal virtual Event WithBody(ByteString body) => this;
    }

    // ---- of the manager -------------------------------------------------------------------------

    /// <summary>Opens a file: for the manager. <c>open(2)</c>.</summary>
    public sealed record Open : Command<Opened>
    {
        /// <summary>Makes the command.</summary>
        /// <param name="path">The file, on the machine of the manager.</param>
        /// <param name="flags">How it is opened.</param>
        /// <param name="mode">The permissions of a file that is made, less the umask.</param>
        /// <param name="owner">
        /// The file closes when this actor stops; it may live on another node. The sender if null. <see cref="ActorRefs.Nobody"/>: it is
        /// closed by <see cref="Close"/> alone. An Ask has no sender that lasts, and must name an owner: else EINVAL.
        /// </param>
        /// <exception cref="ArgumentException">The path is empty, or has a NUL; or the flags contradict each other.</exception>
        public Open(string path, OpenFlags flags = OpenFlags.ReadOnly, UnixFileMode mode = DefaultMode, IActorRef? owner = null)
        {
            // Its constructor looks at them.
            _ = new Akka.IoActors.Open(path, flags, mode);
            (Path, Flags, Mode, Owner) = (path, flags, mode, owner);
        }

        /// <summary>The file.</summary>
        public string Path { get; }

        /// <summary>How it is opened.</summary>
        public OpenFlags Flags { get; }

        /// <summary>The permissions of a file that is made, less the umask.</summary>
        public UnixFileMode Mode { get; }

        /// <summary>The actor whose stop closes the file; the sender if null.</summary>
        public IActorRef? Owner { get; }
    }

    /// <summary>The file is open.</summary>
    /// <param name="File">The file: takes the commands below. It is the event's sender, too.</param>
    public sealed record Opened(IActorRef File) : Event;

    // ---- of a file ------------------------------------------------------------------------------

    /// <summary>Reads at the file position, or from a FIFO or device: what there is, at the most so much. <c>read(2)</c>.</summary>
    public sealed record Read : Command<Data>
    {
        /// <summary>Makes the command.</summary>
        /// <param name="count">Bytes at the most, more than 0.</param>
        /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
        public Read(int count)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
            Count = count;
        }

        /// <summary>Bytes at the most.</summary>
        public int Count { get; }

        /// <summary>The bytes of an array, at the most: the reply is cut into parts of this. 0 for one array.</summary>
        internal int Part { get; init; }

        internal override long Weight => Count;
    }

    /// <summary>Reads at an offset. <c>pread(2)</c>.</summary>
    public sealed record PRead : Command<Data>
    {
        /// <summary>Makes the command.</summary>
        /// <param name="count">Bytes at the most, more than 0.</param>
        /// <param name="offset">Where to start, in bytes from the start of the file.</param>
        /// <exception cref="ArgumentOutOfRangeException">The count is not positive, or the offset is negative.</exception>
        public PRead(int count, long offset)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
            ArgumentOutOfRangeException.ThrowIfNegative(offset);
            (Count, Offset) = (count, offset);
        }

        /// <summary>Bytes at the most.</summary>
        public int Count { get; }

        /// <summary>Where to start.</summary>
        public long Offset { get; }

        /// <summary>The bytes of an array, at the most: the reply is cut into parts of this. 0 for one array.</summary>
        internal int Part { get; init; }

        internal override long Weight => Count;
    }

    /// <summary>What was read: fewer bytes than asked for near the end of the file, none at its end.</summary>
    /// <param name="Bytes">The bytes.</param>
    public sealed record Data(ByteString Bytes) : Event
    {
        internal override ByteString Body => Bytes;

        internal override Event WithBody(ByteString body) => this with { Bytes = body };
    }

    /// <summary>Writes all of it at the file position; at the end of a file opened with <see cref="OpenFlags.Append"/>. <c>write(2)</c>.</summary>
    public sealed record Write : Command<Written>
    {
        /// <summary>Makes the command.</summary>
        /// <param name="bytes">The bytes.</param>
        public Write(ByteString bytes) => Bytes = Check(bytes);

        /// <summary>The bytes.</summary>
        public ByteString Bytes { get; }

        internal override long Weight => Bytes.Count;

        internal override ByteString Body => Bytes;

        internal override Command WithBody(ByteString body) => new Write(body) { Tag = Tag, IsRemote = IsRemote };
    }

    /// <summary>Writes all of it at an offset. <c>pwrite(2)</c>.</summary>
    public sealed record PWrite : Command<Written>
    {
        /// <summary>Makes the command.</summary>
        /// <param name="bytes">The bytes.</param>
        /// <param name="offset">Where to start, in bytes from the start of the file.</param>
        /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
        public PWrite(ByteString bytes, long offset)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(offset);
            (Bytes, Offset) = (Check(bytes), offset);
        }

        /// <summary>The bytes.</summary>
        public ByteString Bytes { get; }

        /// <summary>Where to start.</summary>
        public long Offset { get; }

        internal override long Weight => Bytes.Count;

        internal override ByteString Body => Bytes;

        internal override Command WithBody(ByteString body) => new PWrite(body, Offset) { Tag = Tag, IsRemote = IsRemote };
    }

    /// <summary>All of it has been written: it is in the page cache, not yet on the device.</summary>
    /// <param name="Count">Bytes.</param>
    public sealed record Written(long Count) : Event;

    /// <summary>
    /// Adds a record to a file opened with <see cref="OpenFlags.Append"/>; EINVAL if it was not. All of it, or nothing: what was left
    /// of a record when the disk was full is cut off, unless somebody else has written behind it.
    /// </summary>
    public sealed record Append : Command<Appended>
    {
        /// <summary>Makes the command.</summary>
        /// <param name="bytes">The record.</param>
        /// <param name="durable">
        /// Whether the answer is to wait until the device has it (<c>fdatasync(2)</c>). Those that come while one flush is under way share the next.
        /// </param>
        public Append(ByteString bytes, bool durable = true) => (Bytes, Durable) = (Check(bytes), durable);

        /// <summary>The record.</summary>
        public ByteString Bytes { get; }

        /// <summary>Whether the answer waits for the device.</summary>
        public bool Durable { get; }

        /// <summary>
        /// For a file of another node (IoActors.Cluster): what makes this append one that may be sent again. Sent again with the same key, it is
        /// answered as the first time, and not carried out twice. A UUID of version 7 (<see cref="NewKey"/>). A file of this node answers EINVAL.
        /// </summary>
        public Guid? Key { get; init; }

        /// <summary>A key for one append, by the time of this machine.</summary>
        public static Guid NewKey() => Guid.CreateVersion7();

        internal override long Weight => Bytes.Count;

        internal override ByteString Body => Bytes;

        internal override Command WithBody(ByteString body) => new Append(body, Durable) { Tag = Tag, IsRemote = IsRemote, Key = Key };
    }

    /// <summary>The record is in the file; on the device, if it was to be durable.</summary>
    /// <param name="Position">Where it starts, in bytes from the start of the file.</param>
    /// <param name="Count">Its bytes.</param>
    public sealed record Appended(long Position, long Count) : Event;

    /// <summary>
    /// Brings to the device what was written before: <c>fsync(2)</c>, or <c>fdatasync(2)</c>. After one that failed with EIO, ENOSPC or
    /// EDQUOT the file takes no more writes, and answers them with that error: what the kernel had may be lost, and a second flush
    /// would not say so. It is to be opened again.
    /// </summary>
    /// <param name="DataOnly">Whether times of access and the like may come later.</param>
    public sealed record FSync(bool DataOnly = false) : Command<Synced>;

    /// <summary>It is on the device.</summary>
    public sealed record Synced : Event;

    /// <summary>Cuts the file, or lengthens it by zeros. <c>ftruncate(2)</c>.</summary>
    public sealed record FTruncate : Command<Truncated>
    {
        /// <summary>Makes the command.</summary>
        /// <param name="length">The new length in bytes.</param>
        /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
        public FTruncate(long length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length);
            Length = length;
        }

        /// <summary>The new length in bytes.</summary>
        public long Length { get; }
    }

    /// <summary>The file has its new length.</summary>
    public sealed record Truncated : Event;

    /// <summary>Moves the file position. <c>lseek(2)</c>.</summary>
    public sealed record LSeek : Command<Positioned>
    {
        /// <summary>Makes the command.</summary>
        /// <param name="offset">By how much, in bytes.</param>
        /// <param name="whence">From where.</param>
        /// <exception cref="ArgumentOutOfRangeException">There is no such whence.</exception>
        public LSeek(long offset, SeekWhence whence = SeekWhence.Set)
        {
            // Its constructor looks at them.
            _ = new Akka.IoActors.LSeek(0, offset, whence);
            (Offset, Whence) = (offset, whence);
        }

        /// <summary>By how much, in bytes.</summary>
        public long Offset { get; }

        /// <summary>From where.</summary>
        public SeekWhence Whence { get; }
    }

    /// <summary>The file position has been moved.</summary>
    /// <param name="Position">Where it is, in bytes from the start of the file.</param>
    public sealed record Positioned(long Position) : Event;

    /// <summary>Asks what there is to know of the file: size, times, permissions. <c>statx(2)</c>.</summary>
    public sealed record FStat : Command<Status>;

    /// <summary>What there is to know of the file.</summary>
    /// <param name="File">Its status, all that was sent before included.</param>
    public sealed record Status(FileStatus File) : Event;

    /// <summary>
    /// Closes the file, once all that was sent before has been done. <c>close(2)</c>. What is sent to it later is answered EBADF.
    /// </summary>
    public sealed record Close : Command<Closed>;

    /// <summary>The file is closed.</summary>
    public sealed record Closed : Event;

    // ---- readers --------------------------------------------------------------------------------

    /// <summary>Has a file read in blocks, from an offset to its end, as they are asked for.</summary>
    public sealed record ReadBlocks : Command<Reading>
    {
        /// <summary>Makes the command.</summary>
        /// <param name="size">The bytes of a block, 1 … 1 MiB; the last may have fewer.</param>
        /// <param name="offset">Where to start, in bytes from the start of the file.</param>
        /// <exception cref="ArgumentOutOfRangeException">The size or the offset is out of its range.</exception>
        public ReadBlocks(int size, long offset = 0)
        {
            FileReader.CheckSize(size);
            ArgumentOutOfRangeException.ThrowIfNegative(offset);
            (Size, Offset) = (size, offset);
        }

        /// <summary>The bytes of a block.</summary>
        public int Size { get; }

        /// <summary>Where to start.</summary>
        public long Offset { get; }
    }

    /// <summary>Has a file read in lines, from an offset to its end, as they are asked for.</summary>
    public sealed record ReadLines : Command<Reading>
    {
        /// <summary>Makes the command.</summary>
        /// <param name="offset">Where to start, in bytes from the start of the file.</param>
        /// <param name="maxLength">The bytes that a line may have, its end not counted, 1 … 1 MiB. A longer one ends the reader with EMSGSIZE.</param>
        /// <exception cref="ArgumentOutOfRangeException">The offset or the length is out of its range.</exception>
        public ReadLines(long offset = 0, int maxLength = 65536)
        {
            FileReader.CheckSize(maxLength);
            ArgumentOutOfRangeException.ThrowIfNegative(offset);
            (Offset, MaxLength) = (offset, maxLength);
        }

        /// <summary>Where to start.</summary>
        public long Offset { get; }

        /// <summary>The bytes that a line may have.</summary>
        public int MaxLength { get; }
    }

    /// <summary>
    /// There is a reader. It has a place of its own in the file, and ends with the file, with what it was asked for by, after the
    /// <see cref="EndOfFile"/>, or by <see cref="Close"/>.
    /// </summary>
    /// <param name="Reader">The reader: takes <see cref="Demand"/> and <see cref="Close"/>.</param>
    public sealed record Reading(IActorRef Reader) : Event;

    /// <summary>
    /// Asks a reader for so many more blocks or lines: an event each, to the sender of this. At the end of the file, or of the reader, one
    /// <see cref="EndOfFile"/> or <see cref="Failed"/> answers all that is left.
    /// </summary>
    public sealed record Demand : Command
    {
        /// <summary>Makes the command.</summary>
        /// <param name="count">How many, 1 or more.</param>
        /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
        public Demand(int count)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
            Count = count;
        }

        /// <summary>How many.</summary>
        public int Count { get; }
    }

    /// <summary>A block.</summary>
    /// <param name="Position">Where it starts, in bytes from the start of the file.</param>
    /// <param name="Bytes">The bytes.</param>
    public sealed record Block(long Position, ByteString Bytes) : Event
    {
        internal override ByteString Body => Bytes;

        internal override Event WithBody(ByteString body) => this with { Bytes = body };
    }

    /// <summary>A line.</summary>
    /// <param name="Position">Where it starts, in bytes from the start of the file.</param>
    /// <param name="Bytes">The line, without its end (LF, or CR LF). The last one may have none.</param>
    public sealed record Line(long Position, ByteString Bytes) : Event
    {
        internal override ByteString Body => Bytes;

        internal override Event WithBody(ByteString body) => this with { Bytes = body };
    }

    /// <summary>All has been read.</summary>
    /// <param name="Position">The length of the file, in bytes.</param>
    public sealed record EndOfFile(long Position) : Event;

    // ---- whatever was wanted --------------------------------------------------------------------

    /// <summary>A command has failed.</summary>
    /// <param name="Command">Its name, such as <c>Append</c>.</param>
    /// <param name="Error">Why.</param>
    /// <param name="Message">The same in a sentence, with the path.</param>
    /// <param name="OutcomeUnknown">Whether it may have taken effect all the same, in whole or in part.</param>
    public sealed record Failed(string Command, Errno Error, string Message, bool OutcomeUnknown = false) : Event;
}

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>A name in a directory.</summary>
/// <param name="Name">The name; bytes that are no UTF-8 are U+FFFD in it.</param>
/// <param name="Bytes">The name as the file system has it, without a NUL.</param>
/// <param name="Type">What it is; <see cref="FileType.Unknown"/> where the file system does not keep that: ask <see cref="Stat"/>.</param>
/// <param name="Inode">Its number on the device.</param>
public sealed record DirectoryEntry(string Name, ReadOnlyMemory<byte> Bytes, FileType Type, long Inode);

/// <summary>
/// Reads the next entries of an open directory, as many as come at once; "." and ".." are left out. The directory's position
/// moves: one follows the other until there are no more.
/// </summary>
/// <remarks>
/// The reply is the number of <see cref="IoResult.Entries"/>; 0 at the end. −ENOTDIR, −EBADF, −ENOENT (the directory has been
/// removed), −EIO. <c>getdents64(2)</c> on the offload pool: there is no opcode.
/// </remarks>
public sealed class ReadDirectory : IoOperation
{
    private const int BufferSize = 32 * 1024;

    /// <summary>Makes the message.</summary>
    /// <param name="directory">The directory, opened with <see cref="OpenFlags.Directory"/>.</param>
    public ReadDirectory(Descriptor directory)
        : base(directory.Target)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.ReadDirectory;

    internal override OrderClass Order => OrderClass.In;

    internal override bool UsesCursor => true;

    internal override bool TouchesDisk => true;

    internal override int Begin(OperationArguments arguments)
    {
        arguments.Lend(BufferSize);
        return 0;
    }

    internal override long Call(OperationArguments arguments)
    {
        // A batch may be "." and ".." alone, which is not yet the end.
        while (true)
        {
            var bytes = Sys.ReadDirectory(arguments.Fd, arguments.LentAddress, BufferSize);
            if (bytes <= 0 || Parse(arguments.Lent[..(int)bytes], null) > 0)
            {
                return bytes;
            }
        }
    }

    internal override IoResult ToResult(OperationArguments arguments, long result)
    {
        if (result < 0)
        {
            return new IoResult(this, result);
        }

        var entries = new List<DirectoryEntry>();
        Parse(arguments.Lent[..(int)result], entries);
        return new EntriesResult(this, entries);
    }

    /// <summary>Goes through a batch of <c>struct linux_dirent64</c>.</summary>
    /// <returns>How many there are.</returns>
    private static int Parse(ReadOnlySpan<byte> batch, List<DirectoryEntry>? entries)
    {
        // Inode (8), offset (8), length of the entry (2), type (1), the name with its NUL.
        const int lengthOffset = 16;
        const int typeOffset = 18;
        const int nameOffset = 19;
        var count = 0;
        while (!batch.IsEmpty)
        {
            var length = MemoryMarshal.Read<ushort>(batch[lengthOffset..]);
            var name = batch[nameOffset..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                count++;

                // DT_* is S_IFMT, twelve bits lower.
                entries?.Add(new DirectoryEntry(
                    Encoding.UTF8.GetString(name), name.ToArray(), (FileType)(batch[typeOffset] << 12), MemoryMarshal.Read<long>(batch)));
            }

            batch = batch[length..];
        }

        return count;
    }
}

/// <summary>The reply to a successful <see cref="ReadDirectory"/>.</summary>
internal sealed class EntriesResult(IoOperation operation, IReadOnlyList<DirectoryEntry> entries)
    : IoResult(operation, entries.Count)
{
    public override IReadOnlyList<DirectoryEntry> Entries { get; } = entries;
}

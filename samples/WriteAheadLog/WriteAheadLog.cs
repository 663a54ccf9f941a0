using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Hashing;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors;

namespace Samples;

/// <summary>
/// A log of records, for what must not be forgotten: tell it a <see cref="ByteString"/>, and get <see cref="Files.Appended"/> when it is on the device.
/// Those who write at the same time share one write and one flush.
/// </summary>
/// <remarks>A record is its length (4 bytes), its CRC-32 (4 bytes), and its bytes; what a crash has left of the last one is cut off.</remarks>
internal sealed class WriteAheadLog : ReceiveActor, IWithStash
{
    private const int HeaderSize = 8;

    private readonly string _path;

    public WriteAheadLog(string path)
    {
        _path = path;
        var flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Append;
        Context.System.IoFiles().Tell(new Files.Open(path, flags));

        ReceiveAsync<Files.Opened>(async opened =>
        {
            var end = 0L;
            await foreach (var record in Read(opened.File))
            {
                end += HeaderSize + record.Count;
            }

            await opened.File.Ask(new Files.FTruncate(end));
            Become(() => Open(opened.File));
            Stash.UnstashAll();
        });
        Receive<Files.Failed>(failed => throw new FileException(failed));
        ReceiveAny(_ => Stash.Stash());
    }

    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    /// <summary>The whole records of a log, the first that is none ends it.</summary>
    internal static async IAsyncEnumerable<ByteString> Read(IActorRef file)
    {
        for (var offset = 0L; ;)
        {
            var header = (await file.Ask(new Files.PRead(HeaderSize, offset))).Bytes.ToArray();
            if (header.Length < HeaderSize)
            {
                yield break;
            }

            var length = BinaryPrimitives.ReadInt32LittleEndian(header);
            var bytes = length > 0 ? (await file.Ask(new Files.PRead(length, offset + HeaderSize))).Bytes : ByteString.Empty;
            if (length < 0 || bytes.Count < length || Crc32.HashToUInt32(bytes.ToArray()) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)))
            {
                yield break;
            }

            yield return bytes;
            offset += HeaderSize + length;
        }
    }

    /// <summary>The answer goes to whoever has sent the record.</summary>
    private void Open(IActorRef file)
    {
        Receive<ByteString>(record => file.Tell(new Files.Append(Header(record) + record), Sender));
        Receive<Terminated>(_ => throw new IOException($"{_path} was closed."));
        Context.Watch(file);
    }

    private static ByteString Header(ByteString record)
    {
        var header = new byte[HeaderSize];
        BinaryPrimitives.WriteInt32LittleEndian(header, record.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), Crc32.HashToUInt32(record.ToArray()));
        return ByteString.FromBytes(header);
    }
}

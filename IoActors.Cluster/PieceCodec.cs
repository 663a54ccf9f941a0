using System;
using Akka.IoActors.Clustering.Wire;
using Google.Protobuf;
using ByteString = Akka.IO.ByteString;

namespace Akka.IoActors.Clustering;

/// <summary>
/// Pieces as Protocol Buffers, their bytes copied once when they are written, and not at all when they are read: what the generated code does with a field
/// of bytes is two copies more. The wire is the same; the bytes are written last, and read from wherever they stand.
/// </summary>
internal static class PieceCodec
{
    // (field number << 3) | 2: what has a length.
    private const int PieceTag = (SessionFrame.PieceFieldNumber << 3) | 2;
    private const int DataTag = (Piece.DataFieldNumber << 3) | 2;

    internal static byte[] ToBinary(Handles.Piece piece, FilesSerializer files)
    {
        var head = new Piece { Sequence = piece.Sequence, Id = piece.Id, Length = piece.Length, Received = piece.Received };
        switch (piece.Head)
        {
            case Files.Command command:
                head.Command = UnsafeByteOperations.UnsafeWrap(files.ToBinary(command));
                break;
            case Files.Event answer:
                head.Event = UnsafeByteOperations.UnsafeWrap(files.ToBinary(answer));
                break;
        }

        var count = piece.Data.Count;
        var size = head.CalculateSize() + (count == 0 ? 0 : 1 + CodedOutputStream.ComputeLengthSize(count) + count);
        var bytes = GC.AllocateUninitializedArray<byte>(1 + CodedOutputStream.ComputeLengthSize(size) + size);
        using var output = new CodedOutputStream(bytes);
        output.WriteRawTag(PieceTag);
        output.WriteLength(size);
        head.WriteTo(output);
        if (count > 0)
        {
            output.WriteRawTag(DataTag);
            output.WriteLength(count);
            piece.Data.CopyTo(bytes, bytes.Length - count, count);
        }

        return bytes;
    }

    /// <summary>Reads a piece as it is written here; null for anything else.</summary>
    internal static Handles.Piece? TryFromBinary(byte[] bytes, FilesSerializer files)
    {
        using var input = new CodedInputStream(bytes);
        if (input.ReadTag() != PieceTag || input.ReadLength() != bytes.Length - input.Position)
        {
            return null;
        }

        var start = (int)input.Position;
        while (!input.IsAtEnd)
        {
            var field = (int)input.Position;
            if (input.ReadTag() != DataTag)
            {
                input.SkipLastField();
                continue;
            }

            var count = input.ReadLength();
            var at = (int)input.Position;
            return count == bytes.Length - at
                ? FromFrame(Piece.Parser.ParseFrom(bytes, start, field - start), files, ByteString.FromBytes(bytes, at, count))
                : null;
        }

        return FromFrame(Piece.Parser.ParseFrom(bytes, start, bytes.Length - start), files);
    }

    internal static Handles.Piece FromFrame(Piece piece, FilesSerializer files) => FromFrame(piece, files, ByteString.FromBytes(piece.Data.ToByteArray()));

    private static Handles.Piece FromFrame(Piece piece, FilesSerializer files, ByteString data) =>
        new(piece.Sequence, piece.Id, HeadOf(piece, files), piece.Length, data, piece.Received);

    private static object? HeadOf(Piece piece, FilesSerializer files) => piece.HeadCase switch
    {
        Piece.HeadOneofCase.Command => files.FromBinary(piece.Command.ToByteArray(), FilesSerializer.CommandManifest),
        Piece.HeadOneofCase.Event => files.FromBinary(piece.Event.ToByteArray(), FilesSerializer.EventManifest),
        _ => null,
    };
}

using System;
using Akka.Actor;
using Akka.IoActors.Clustering.Wire;
using Akka.IoActors.Remoting;
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

        // Its bytes go beside the message, if they are to.
        var count = piece.Attachment == Guid.Empty ? piece.Data.Count : 0;
        if (piece.Attachment != Guid.Empty)
        {
            head.Attachment = UnsafeByteOperations.UnsafeWrap(Attachments.TokenOf(piece.Attachment));
        }

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
    internal static Handles.Piece? TryFromBinary(byte[] bytes, FilesSerializer files, ActorSystem system)
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
                ? FromFrame(Piece.Parser.ParseFrom(bytes, start, field - start), files, system, ByteString.FromBytes(bytes, at, count))
                : null;
        }

        return FromFrame(Piece.Parser.ParseFrom(bytes, start, bytes.Length - start), files, system);
    }

    internal static Handles.Piece FromFrame(Piece piece, FilesSerializer files, ActorSystem system) =>
        FromFrame(piece, files, system, ByteString.FromBytes(piece.Data.ToByteArray()));

    private static Handles.Piece FromFrame(Piece piece, FilesSerializer files, ActorSystem system, ByteString data)
    {
        // A piece whose bytes were lost is as good as lost itself: no number that is waited for.
        var sequence = piece.Attachment.IsEmpty || Attachments.Of(system).TryTake(piece.Attachment.Span, out data) ? piece.Sequence : 0;
        return new Handles.Piece(sequence, piece.Id, HeadOf(piece, files), piece.Length, data, piece.Received);
    }

    private static object? HeadOf(Piece piece, FilesSerializer files) => piece.HeadCase switch
    {
        Piece.HeadOneofCase.Command => files.FromBinary(piece.Command.ToByteArray(), FilesSerializer.CommandManifest),
        Piece.HeadOneofCase.Event => files.FromBinary(piece.Event.ToByteArray(), FilesSerializer.EventManifest),
        _ => null,
    };
}

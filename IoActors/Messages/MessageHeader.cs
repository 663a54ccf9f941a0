using System;
using System.Collections.Generic;
using System.Net;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors;

/// <summary>
/// The <c>struct msghdr</c> of a <see cref="SendMsg"/> or <see cref="RecvMsg"/> in memory lent to the kernel, and behind it what it
/// points to: an address, ancillary data, and the vector of the buffers.
/// </summary>
internal static class MessageHeader
{
    /// <summary>SCM_MAX_FD: descriptors in one message.</summary>
    internal const int MostDescriptors = 253;

    // struct msghdr on 64 bits: eight-byte fields, but for name length and flags.
    private const int NameLengthOffset = 8;
    private const int VectorOffset = 16;
    private const int VectorLengthOffset = 24;
    private const int ControlOffset = 32;
    private const int ControlLengthOffset = 40;
    private const int FlagsOffset = 48;
    private const int AddressOffset = 64;
    private const int AncillaryOffset = AddressOffset + SocketAddresses.StorageSize;

    // struct cmsghdr: length (8), level (4), type (4), then the data.
    private const int AncillaryHeader = 16;
    private const int SolSocket = 1;
    private const int ScmRights = 1;
    private const int VectorEntry = 16;

    /// <summary>Makes room.</summary>
    internal static void Lend(OperationArguments arguments, int segments, int descriptors) =>
        arguments.Lend(SegmentsAt(descriptors) + Math.Max(1, segments) * VectorEntry);

    /// <summary>Writes it all, for one try: the kernel changes what it reads.</summary>
    /// <param name="arguments">What the operation has.</param>
    /// <param name="segments">Its buffers.</param>
    /// <param name="addressLength">Bytes of the address, which has been written; or the room for one.</param>
    /// <param name="descriptors">Room for so many descriptors.</param>
    /// <param name="rights">The descriptors to send; empty if they are to be received, or if there are none.</param>
    /// <returns>The address of the header.</returns>
    internal static nint Fill(
        OperationArguments arguments,
        IReadOnlyList<ReadOnlyMemory<byte>> segments,
        int addressLength,
        int descriptors,
        ReadOnlySpan<int> rights)
    {
        var start = arguments.LentAddress;
        var lent = arguments.Lent;
        lent[..AddressOffset].Clear();
        Write(lent, 0, addressLength == 0 ? 0 : start + AddressOffset);
        MemoryMarshal.Write(lent[NameLengthOffset..], addressLength);
        Write(lent, VectorOffset, start + SegmentsAt(descriptors));
        Write(lent, VectorLengthOffset, segments.Count);
        if (descriptors > 0)
        {
            Write(lent, ControlOffset, start + AncillaryOffset);
            Write(lent, ControlLengthOffset, Space(descriptors));
        }

        if (!rights.IsEmpty)
        {
            Write(lent, AncillaryOffset, AncillaryHeader + rights.Length * sizeof(int));
            MemoryMarshal.Write(lent[(AncillaryOffset + 8)..], SolSocket);
            MemoryMarshal.Write(lent[(AncillaryOffset + 12)..], ScmRights);
            MemoryMarshal.AsBytes(rights).CopyTo(lent[(AncillaryOffset + AncillaryHeader)..]);
        }

        for (var n = 0; n < segments.Count; n++)
        {
            Write(lent, SegmentsAt(descriptors) + n * VectorEntry, arguments.SegmentAddress(n));
            Write(lent, SegmentsAt(descriptors) + n * VectorEntry + 8, segments[n].Length);
        }

        return start;
    }

    /// <summary>Where the address of a message that is sent goes.</summary>
    internal static Span<byte> Address(OperationArguments arguments) =>
        arguments.Lent.Slice(AddressOffset, SocketAddresses.StorageSize);

    /// <summary>What the kernel has written about who sent it; null if nothing.</summary>
    internal static EndPoint? Sender(OperationArguments arguments)
    {
        var length = MemoryMarshal.Read<int>(arguments.Lent[NameLengthOffset..]);
        return length == 0 ? null : SocketAddresses.Read(Address(arguments)[..int.Min(length, SocketAddresses.StorageSize)]);
    }

    /// <summary>MSG_TRUNC and MSG_CTRUNC among others.</summary>
    internal static int Flags(OperationArguments arguments) => MemoryMarshal.Read<int>(arguments.Lent[FlagsOffset..]);

    /// <summary>The descriptors that the kernel has made, each with a handle that owns it.</summary>
    internal static IReadOnlyList<SafeFileHandle> TakeDescriptors(OperationArguments arguments)
    {
        var control = arguments.Lent.Slice(AncillaryOffset, (int)MemoryMarshal.Read<long>(arguments.Lent[ControlLengthOffset..]));
        if (control.Length < AncillaryHeader)
        {
            return [];
        }

        var taken = new List<SafeFileHandle>();
        while (control.Length >= AncillaryHeader)
        {
            var length = (int)MemoryMarshal.Read<long>(control);
            if (MemoryMarshal.Read<int>(control[8..]) == SolSocket && MemoryMarshal.Read<int>(control[12..]) == ScmRights)
            {
                foreach (var fd in MemoryMarshal.Cast<byte, int>(control[AncillaryHeader..length]))
                {
                    taken.Add(new SafeFileHandle(fd, ownsHandle: true));
                }
            }

            control = control[int.Min(Align(length), control.Length)..];
        }

        return taken;
    }

    private static int SegmentsAt(int descriptors) => AncillaryOffset + (Space(descriptors) + 15) / 16 * 16;

    private static int Space(int descriptors) => descriptors == 0 ? 0 : AncillaryHeader + Align(descriptors * sizeof(int));

    private static int Align(int length) => (length + 7) / 8 * 8;

    private static void Write(Span<byte> lent, int offset, long value) => MemoryMarshal.Write(lent[offset..], value);
}

using System;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Akka.IoActors.Native;

/// <summary>Reads <c>struct sockaddr_in</c>, <c>sockaddr_in6</c> and <c>sockaddr_un</c>.</summary>
internal static class SocketAddresses
{
    /// <summary><c>sizeof(struct sockaddr_storage)</c>: room for any address.</summary>
    internal const int StorageSize = 128;

    internal const int FamilyUnix = 1;
    internal const int FamilyInet = 2;
    internal const int FamilyInet6 = 10;

    /// <summary>The longest path in bytes: <c>sun_path</c>, which need not end in a NUL.</summary>
    internal const int UnixPathMax = 108;

    // Only an end point makes another from an address; its own name is not used.
    private static readonly UnixDomainSocketEndPoint UnixFactory = new("/");

    /// <summary>What the kernel wrote about a peer.</summary>
    /// <param name="address">The bytes that it wrote.</param>
    /// <returns>
    /// The end point; null for a family that .NET cannot express, and for an address cut short. A Unix
    /// peer without a name is an end point with an empty path.
    /// </returns>
    internal static EndPoint? Read(ReadOnlySpan<byte> address)
    {
        if (address.Length < sizeof(ushort))
        {
            return null;
        }

        return MemoryMarshal.Read<ushort>(address) switch
        {
            FamilyInet when address.Length >= 8 => new IPEndPoint(
                new IPAddress(address.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(address[2..])),
            FamilyInet6 when address.Length >= 28 => new IPEndPoint(
                new IPAddress(address.Slice(8, 16), MemoryMarshal.Read<uint>(address[24..])),
                BinaryPrimitives.ReadUInt16BigEndian(address[2..])),
            FamilyUnix => ReadUnix(address[2..]),
            _ => null,
        };
    }

    /// <summary>What the kernel is told of an address.</summary>
    /// <returns>False for a name that is to be resolved first, and for what has no bytes.</returns>
    internal static bool TryWrite(EndPoint address, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (address is not (IPEndPoint or UnixDomainSocketEndPoint))
        {
            return false;
        }

        // A path is as long as it is: a NUL behind it, which .NET writes, is none of an abstract name.
        var serialized = address.Serialize();
        bytes = serialized.Buffer[..serialized.Size];
        return bytes.Length <= StorageSize;
    }

    /// <summary>Whether it is the address of a Unix socket.</summary>
    internal static bool IsUnix(ReadOnlySpan<byte> address) => MemoryMarshal.Read<ushort>(address) == FamilyUnix;

    /// <summary>Whether it is that of a Unix socket which stands in a file system; one that starts with a NUL does not.</summary>
    internal static bool IsUnixPath(ReadOnlySpan<byte> address) =>
        IsUnix(address) && address.Length > sizeof(ushort) && address[sizeof(ushort)] != 0;

    /// <summary>
    /// By way of a <see cref="SocketAddress"/>: a peer chooses its name, and the constructor that takes a
    /// string refuses the empty one, one that fills all the room, and many that are no UTF-8.
    /// </summary>
    private static EndPoint ReadUnix(ReadOnlySpan<byte> path)
    {
        path = path[..int.Min(path.Length, UnixPathMax)];

        // A path ends at its NUL; an abstract name starts with one and may contain more.
        if (path is [not 0, ..] && path.IndexOf((byte)0) is >= 0 and var end)
        {
            path = path[..end];
        }

        var address = new SocketAddress(AddressFamily.Unix, sizeof(ushort) + path.Length);
        path.CopyTo(address.Buffer.Span[sizeof(ushort)..]);
        return UnixFactory.Create(address);
    }
}

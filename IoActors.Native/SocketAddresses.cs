using System;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Akka.IoActors.Native;

/// <summary>Reads <c>struct sockaddr_in</c>, <c>sockaddr_in6</c> and <c>sockaddr_un</c>.</summary>
internal static class SocketAddresses
{
    /// <summary><c>sizeof(struct sockaddr_storage)</c>: room for any address.</summary>
    internal const int StorageSize = 128;

    private const int FamilyUnix = 1;
    private const int FamilyInet = 2;
    private const int FamilyInet6 = 10;

    /// <summary>What the kernel wrote about a peer.</summary>
    /// <param name="address">The bytes that it wrote.</param>
    /// <returns>
    /// The end point; null for a family that .NET cannot express. A Unix peer without a name is an
    /// end point with an empty path.
    /// </returns>
    internal static EndPoint? Read(ReadOnlySpan<byte> address)
    {
        if (address.Length < sizeof(ushort))
        {
            return null;
        }

        return MemoryMarshal.Read<ushort>(address) switch
        {
            FamilyInet => new IPEndPoint(
                new IPAddress(address.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(address[2..])),
            FamilyInet6 => new IPEndPoint(
                new IPAddress(address.Slice(8, 16), MemoryMarshal.Read<uint>(address[24..])),
                BinaryPrimitives.ReadUInt16BigEndian(address[2..])),
            FamilyUnix => ReadUnix(address[2..]),
            _ => null,
        };
    }

    private static UnixDomainSocketEndPoint ReadUnix(ReadOnlySpan<byte> path)
    {
        // .NET refuses an empty path, and an unbound peer has one: "\0" is the abstract empty name.
        if (path.IsEmpty || path[0] == 0 && path.Length == 1)
        {
            return new UnixDomainSocketEndPoint("\0");
        }

        if (path[0] != 0)
        {
            var end = path.IndexOf((byte)0);
            path = end < 0 ? path : path[..end];
        }

        return new UnixDomainSocketEndPoint(Encoding.UTF8.GetString(path));
    }
}

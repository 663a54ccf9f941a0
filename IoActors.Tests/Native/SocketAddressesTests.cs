using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Akka.IoActors.Native;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>What the kernel says of a peer, as .NET says it.</summary>
public sealed class SocketAddressesTests
{
    /// <summary>The longest name of a Unix socket.</summary>
    private const int UnixPathMax = 108;

    /// <summary>End points whose bytes .NET itself writes.</summary>
    public static TheoryData<string, EndPoint> EndPoints => new()
    {
        { "IPv4", new IPEndPoint(IPAddress.Parse("192.0.2.7"), 0xabcd) },
        { "IPv6", new IPEndPoint(IPAddress.Parse("2001:db8::1"), 443) },
        { "IPv6 with a scope", new IPEndPoint(new IPAddress(IPAddress.Parse("fe80::1").GetAddressBytes(), 0x1_0002), 443) },
        { "a path", new UnixDomainSocketEndPoint("/run/täst.sock") },
        { "the longest path with its NUL", new UnixDomainSocketEndPoint(new string('p', UnixPathMax - 1)) },
        { "an abstract name", new UnixDomainSocketEndPoint("\0abstract") },
        { "an abstract name with a NUL inside", new UnixDomainSocketEndPoint("\0ab\0ract") },
        { "the longest abstract name", new UnixDomainSocketEndPoint("\0" + new string('a', UnixPathMax - 1)) },
    };

    /// <summary>There and back.</summary>
    [Theory]
    [MemberData(nameof(EndPoints))]
    public void An_address_is_read_as_NET_writes_it(string what, EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var written = endPoint.Serialize();
        var read = SocketAddresses.Read(written.Buffer.Span[..written.Size]);
        Assert.True(endPoint.Equals(read), $"{what}: {read} instead of {endPoint}");
        if (endPoint is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 } v6)
        {
            Assert.Equal(v6.Address.ScopeId, ((IPEndPoint)read!).Address.ScopeId);
        }
    }

    /// <summary>A peer that never bound its socket.</summary>
    [Fact]
    public void A_Unix_peer_without_a_name_has_an_empty_one()
    {
        var read = Assert.IsType<UnixDomainSocketEndPoint>(SocketAddresses.Read([1, 0]));
        Assert.Equal("", read.ToString());
    }

    /// <summary>Linux pads a path with NULs where its writer did.</summary>
    [Fact]
    public void A_path_ends_at_its_NUL() =>
        Assert.Equal("ab", SocketAddresses.Read([1, 0, .. "ab\0cd"u8])!.ToString());

    /// <summary>The peer chooses it, and nothing that it chooses may do harm.</summary>
    [Fact]
    public void A_path_that_fills_all_the_room_has_no_NUL()
    {
        var name = Enumerable.Repeat((byte)'p', UnixPathMax).ToArray();
        var text = new string('p', UnixPathMax);
        Assert.Equal(text, SocketAddresses.Read([1, 0, .. name])!.ToString());

        // The kernel counts the NUL that it has no room for.
        Assert.Equal(text, SocketAddresses.Read([1, 0, .. name, 0])!.ToString());
    }

    /// <summary>File names are bytes.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0xff)]
    public void A_name_that_is_no_UTF8_keeps_its_bytes(byte first)
    {
        var name = Enumerable.Repeat((byte)0xfe, UnixPathMax - 1).Prepend(first).ToArray();
        var read = SocketAddresses.Read([1, 0, .. name])!;
        var written = read.Serialize();
        Assert.Equal(2 + UnixPathMax, written.Size);
        Assert.Equal(name, written.Buffer.Span[2..written.Size].ToArray());
    }

    /// <summary>None of our business, or cut short.</summary>
    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 2 })]
    [InlineData(new byte[] { 2, 0, 1, 2, 127, 0, 0 })]
    [InlineData(new byte[] { 10, 0, 1, 2, 0, 0, 0, 0, 1, 2, 3, 4 })]
    [InlineData(new byte[] { 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void What_cannot_be_expressed_is_null(byte[] address) => Assert.Null(SocketAddresses.Read(address));

    /// <summary>The kernel's own words, through accept4(2).</summary>
    [Fact]
    public void A_peer_with_a_hostile_name_is_accepted()
    {
        var folder = Directory.CreateTempSubdirectory("io-actors-").FullName;
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var peer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var block = new NativeBlock();
        try
        {
            var path = Path.Combine(folder, "s");
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();

            // Abstract, bytes that are no UTF-8, as long as can be.
            var name = new SocketAddress(AddressFamily.Unix, 2 + UnixPathMax);
            name.Buffer.Span[3..].Fill(0xfe);
            var hostile = new UnixDomainSocketEndPoint(path).Create(name);
            peer.Bind(hostile);
            peer.Connect(new UnixDomainSocketEndPoint(path));

            var address = block.Ensure(SocketAddresses.StorageSize + sizeof(int));
            BitConverter.TryWriteBytes(block.Span[SocketAddresses.StorageSize..], SocketAddresses.StorageSize);
            var fd = (int)Sys.Accept(
                (int)listener.SafeHandle.DangerousGetHandle(), address, address + SocketAddresses.StorageSize);
            Assert.True(fd >= 0, $"accept4: {fd}");
            Assert.Equal(0, Sys.Close(fd));
            var length = BitConverter.ToInt32(block.Span[SocketAddresses.StorageSize..]);
            Assert.Equal(hostile, SocketAddresses.Read(block.Span[..length]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

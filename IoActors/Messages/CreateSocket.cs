using System;
using System.Net.Sockets;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>Makes a socket: close-on-exec, and blocking, so that no backend ever sees −EAGAIN from it.</summary>
/// <remarks>
/// The reply is the descriptor, to be taken by <see cref="IoResult.Value"/> or <see cref="IoResult.SocketHandle"/>; one that
/// nobody takes closes itself. −EAFNOSUPPORT, −EPROTONOSUPPORT, −EINVAL, −EACCES, −EMFILE, −ENFILE, −ENOBUFS.
/// <c>socket(2)</c>, on the loop: it never waits.
/// </remarks>
public sealed class CreateSocket : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="family">Unix, InterNetwork or InterNetworkV6.</param>
    /// <param name="type">Stream, Dgram, Seqpacket or Raw.</param>
    /// <param name="protocol">The protocol as the family counts; 0 for the usual one.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is none of these.</exception>
    public CreateSocket(AddressFamily family, SocketType type = SocketType.Stream, int protocol = 0)
        : base(null)
    {
        Family = family is AddressFamily.Unix or AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            ? family
            : throw new ArgumentOutOfRangeException(nameof(family), family, "Unix, InterNetwork or InterNetworkV6 is wanted.");
        Type = type is SocketType.Stream or SocketType.Dgram or SocketType.Seqpacket or SocketType.Raw
            ? type
            : throw new ArgumentOutOfRangeException(nameof(type), type, "Stream, Dgram, Seqpacket or Raw is wanted.");
        Protocol = protocol;
    }

    /// <summary>The family of its addresses.</summary>
    public AddressFamily Family { get; }

    /// <summary>What it carries.</summary>
    public SocketType Type { get; }

    /// <summary>The protocol as the family counts; 0 for the usual one.</summary>
    public int Protocol { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.CreateSocket;

    internal override bool IsQuick => true;

    internal override long Call(OperationArguments arguments)
    {
        var family = Family switch
        {
            AddressFamily.Unix => SocketAddresses.FamilyUnix,
            AddressFamily.InterNetwork => SocketAddresses.FamilyInet,
            _ => SocketAddresses.FamilyInet6,
        };

        // SOCK_STREAM 1, SOCK_DGRAM 2, SOCK_RAW 3, SOCK_SEQPACKET 5: .NET counts as Linux does.
        return Sys.Socket(family, (int)Type, Protocol);
    }

    internal override IoResult ToResult(OperationArguments arguments, long result) =>
        result < 0 ? new IoResult(this, result) : new DescriptorResult(this, (int)result, null);

    private protected override string Details => FormattableString.Invariant($"{Family}, {Type}, {Protocol}");
}

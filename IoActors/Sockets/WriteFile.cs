using System;
using System.Collections.Generic;
using Akka.IO;

namespace Akka.IoActors;

/// <summary>
/// Has a connection of <c>system.IoTcp()</c> send a part of a file, without copying it through this process
/// (<see cref="SendFile"/>). Akka.IO has this command on the JVM; Akka.NET never got it.
/// </summary>
/// <remarks>
/// It takes its turn among the writes, alone or in a <see cref="Tcp.CompoundWrite"/>, and its ack comes when all has been handed
/// to the kernel. <see cref="Tcp.CommandFailed"/>, with an <see cref="IoException"/> for its cause, if the file cannot be opened;
/// with an <see cref="System.IO.EndOfStreamException"/> if it ended before <see cref="Count"/>: what there was has been sent.
/// </remarks>
public sealed class WriteFile : Tcp.SimpleWriteCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="path">The file, on the machine of the connection.</param>
    /// <param name="position">Where to start, in bytes.</param>
    /// <param name="count">How many bytes to send, more than 0.</param>
    /// <param name="ack">What the sender gets when it is done; none if null.</param>
    /// <exception cref="ArgumentException">The path is empty, the position negative, or the count not positive.</exception>
    public WriteFile(string path, long position, long count, Tcp.Event? ack = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Path = path;
        Position = position;
        Count = count;
        Ack = ack ?? Tcp.NoAck.Instance;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Where to start, in bytes.</summary>
    public long Position { get; }

    /// <summary>How many bytes to send.</summary>
    public long Count { get; }

    /// <inheritdoc/>
    public override Tcp.Event Ack { get; }

    /// <summary>0: a file takes no room among the writes that wait.</summary>
    public override long Bytes => 0;

    /// <summary>Such as <c>WriteFile(/srv/a.html, 4096 bytes at 0)</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"WriteFile({Path}, {Count} bytes at {Position})");
}

using System;
using System.Collections.Generic;
using System.Linq;

namespace Akka.IoActors.Tests.Parity;

/// <summary>What a step does: an operation, or something that the test does beside the backend.</summary>
public enum StepKind
{
    /// <summary><see cref="Akka.IoActors.Read"/>.</summary>
    Read,

    /// <summary><see cref="Akka.IoActors.Write"/>.</summary>
    Write,

    /// <summary><see cref="Akka.IoActors.PRead"/>.</summary>
    PRead,

    /// <summary><see cref="Akka.IoActors.PWrite"/>.</summary>
    PWrite,

    /// <summary><see cref="Akka.IoActors.ReadV"/>.</summary>
    ReadV,

    /// <summary><see cref="Akka.IoActors.WriteV"/>.</summary>
    WriteV,

    /// <summary><see cref="Akka.IoActors.PReadV"/>.</summary>
    PReadV,

    /// <summary><see cref="Akka.IoActors.PWriteV"/>.</summary>
    PWriteV,

    /// <summary><see cref="Akka.IoActors.LSeek"/>.</summary>
    LSeek,

    /// <summary><see cref="Akka.IoActors.FTruncate"/>.</summary>
    FTruncate,

    /// <summary><see cref="Akka.IoActors.FStat"/>.</summary>
    FStat,

    /// <summary><see cref="Akka.IoActors.FSync"/>.</summary>
    FSync,

    /// <summary><see cref="Akka.IoActors.FDataSync"/>.</summary>
    FDataSync,

    /// <summary><see cref="Akka.IoActors.Recv"/>.</summary>
    Recv,

    /// <summary><see cref="Akka.IoActors.Send"/>.</summary>
    Send,

    /// <summary><see cref="Akka.IoActors.SendFile"/>.</summary>
    SendFile,

    /// <summary><see cref="Akka.IoActors.CopyRange"/>.</summary>
    CopyRange,

    /// <summary><see cref="Akka.IoActors.Open"/>, into a slot that is closed if there is one.</summary>
    Open,

    /// <summary><see cref="Akka.IoActors.Close"/>.</summary>
    Close,

    /// <summary>A transfer larger than what a pipe or socket holds, written and read at once.</summary>
    Exchange,

    /// <summary>The test puts a new file, pipe or socket pair where one was closed.</summary>
    Renew,
}

/// <summary>
/// One step of a trace. It means the same on every backend: it names descriptors by slots, and what it writes
/// follows from its seed.
/// </summary>
/// <param name="Kind">What it does.</param>
/// <param name="Slot">The descriptor: an index into <see cref="Slots"/>.</param>
/// <param name="Other">The second descriptor, of SendFile and CopyRange.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Offset">In bytes; the length of FTruncate.</param>
/// <param name="OtherOffset">In the second file, in bytes.</param>
/// <param name="Choice">Selects flags, a whence, a path, or how a vector is cut.</param>
/// <param name="Seed">Where the bytes to write come from, and which form the message takes.</param>
public sealed record Step(
    StepKind Kind, int Slot, int Other, int Length, long Offset, long OtherOffset, int Choice, int Seed)
{
    private static readonly SocketMessageFlags[] RecvFlags =
    [
        SocketMessageFlags.None, SocketMessageFlags.None, SocketMessageFlags.DontWait, SocketMessageFlags.Peek,
        SocketMessageFlags.Peek | SocketMessageFlags.DontWait, SocketMessageFlags.WaitAll,
    ];

    private static readonly SocketMessageFlags[] SendFlags =
        [SocketMessageFlags.None, SocketMessageFlags.None, SocketMessageFlags.DontWait, SocketMessageFlags.More];

    /// <summary>Whether the step takes its bytes from several buffers, or puts them there.</summary>
    public bool IsVector =>
        Kind is StepKind.ReadV or StepKind.WriteV or StepKind.PReadV or StepKind.PWriteV;

    /// <summary>Whether the step fills buffers.</summary>
    public bool IsInput =>
        Kind is StepKind.Read or StepKind.ReadV or StepKind.PRead or StepKind.PReadV or StepKind.Recv;

    /// <summary>The flags of Recv or Send.</summary>
    public SocketMessageFlags Flags => Kind switch
    {
        StepKind.Recv => RecvFlags[Choice % RecvFlags.Length],
        StepKind.Send => SendFlags[Choice % SendFlags.Length],
        _ => SocketMessageFlags.None,
    };

    /// <summary>The whence of LSeek.</summary>
    public SeekWhence Whence => (SeekWhence)(Choice % 5);

    /// <summary>How to open.</summary>
    public OpenCase OpenCase => OpenCase.All[Choice % OpenCase.All.Count];

    /// <summary>The lengths of the buffers, one if the step is no vector.</summary>
    public IReadOnlyList<int> Segments
    {
        get
        {
            if (!IsVector)
            {
                return [Length];
            }

            // One more than the kernel takes, now and then; and none.
            var count = Choice % 40 == 39 ? 1025 : Choice % 6;
            var lengths = Enumerable.Repeat(count == 0 ? 0 : Length / count, count).ToArray();
            if (count > 0)
            {
                lengths[^1] += Length % count;
            }

            if (count > 1 && Choice % 7 == 0)
            {
                lengths[^1] += lengths[0];
                lengths[0] = 0;
            }

            return lengths;
        }
    }

    /// <summary>Bytes that the step moves at the most.</summary>
    public int Requested => Segments.Sum();

    /// <summary>The bytes that the step writes.</summary>
    public byte[] Content()
    {
        var bytes = new byte[Length];
        new Random(Seed).NextBytes(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var name = Slots.NameOf(Slot);
        return Kind switch
        {
            StepKind.Read or StepKind.Write => $"{Kind}({name}, {Length} bytes)",
            StepKind.PRead or StepKind.PWrite => $"{Kind}({name}, {Length} bytes at {Offset})",
            StepKind.ReadV or StepKind.WriteV => $"{Kind}({name}, {Vector})",
            StepKind.PReadV or StepKind.PWriteV => $"{Kind}({name}, {Vector} at {Offset})",
            StepKind.LSeek => $"LSeek({name}, {Offset}, {Whence})",
            StepKind.FTruncate => $"FTruncate({name}, {Offset})",
            StepKind.Recv or StepKind.Send => $"{Kind}({name}, {Length} bytes, {Flags})",
            StepKind.SendFile => $"SendFile({name}, {Slots.NameOf(Other)}, {OtherOffset}, {Length} bytes)",
            StepKind.CopyRange =>
                $"CopyRange({Slots.NameOf(Other)} at {OtherOffset}, {name} at {Offset}, {Length} bytes)",
            StepKind.Open => $"Open(into {name}, {OpenCase})",
            StepKind.Exchange => $"Exchange({name}, {Length} bytes, form {Choice % 3})",
            _ => $"{Kind}({name})",
        };
    }

    private string Vector => Segments.Count > 9
        ? $"{Length} bytes in {Segments.Count} buffers"
        : $"buffers of {string.Join('+', Segments)} bytes";
}

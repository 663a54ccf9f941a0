using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Akka.IoActors.Native;

namespace Akka.IoActors.Tests.Parity;

/// <summary>
/// Carries steps out by plain blocking system calls, one after the other: its answers are the right ones.
/// </summary>
internal sealed class Oracle(World world)
{
    private const int MostSegments = 1025;

    /// <summary>One buffer for all: the addresses of what is read and written lie in it.</summary>
    private readonly byte[] _buffer = GC.AllocateArray<byte>(1 << 20, pinned: true);

    private readonly long[] _vector = GC.AllocateArray<long>(2 * MostSegments, pinned: true);

    /// <summary>A statx structure, and behind it an empty path.</summary>
    private readonly byte[] _status = GC.AllocateArray<byte>(global::Akka.IoActors.Native.Statx.ByteSize + 16, pinned: true);

    private nint Buffer => Marshal.UnsafeAddrOfPinnedArrayElement(_buffer, 0);

    /// <summary>Carries a step out. It must be one that does not block for ever.</summary>
    internal Outcome Run(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Renew:
                world.Renew(step.Slot);
                return new Outcome(0, [], "");
            case StepKind.Exchange:
                return Exchange(step);
            case StepKind.FStat:
                return FStat(step);
        }

        if (step.IsInput)
        {
            _buffer.AsSpan(0, step.Requested).Fill(Outcome.Untouched);
        }
        else if (step.Kind is StepKind.Write or StepKind.WriteV or StepKind.PWrite or StepKind.PWriteV or StepKind.Send)
        {
            step.Content().CopyTo(_buffer, 0);
        }

        var value = Call(step, world.NumberOf(step.Slot));
        return new Outcome(value, step.IsInput ? _buffer.AsSpan(0, step.Requested).ToArray() : [], "");
    }

    private long Call(Step step, int fd) => step.Kind switch
    {
        StepKind.Read => Sys.Read(fd, Buffer, step.Length),
        StepKind.Write => Sys.Write(fd, Buffer, step.Length),
        StepKind.PRead => Sys.PRead(fd, Buffer, step.Length, step.Offset),
        StepKind.PWrite => Sys.PWrite(fd, Buffer, step.Length, step.Offset),

        // An offset of −1 makes them readv(2) and writev(2).
        StepKind.ReadV => Sys.PReadV2(fd, Vector(step.Segments), step.Segments.Count, -1, 0),
        StepKind.WriteV => Sys.PWriteV2(fd, Vector(step.Segments), step.Segments.Count, -1, 0),
        StepKind.PReadV => Sys.PReadV2(fd, Vector(step.Segments), step.Segments.Count, step.Offset, 0),
        StepKind.PWriteV => Sys.PWriteV2(fd, Vector(step.Segments), step.Segments.Count, step.Offset, 0),
        StepKind.LSeek => Sys.LSeek(fd, step.Offset, (int)step.Whence),
        StepKind.FTruncate => Sys.FTruncate(fd, step.Offset),
        StepKind.FSync => Sys.FSync(fd),
        StepKind.FDataSync => Sys.FDataSync(fd),
        StepKind.Recv => Sys.Recv(fd, Buffer, step.Length, (int)step.Flags),
        StepKind.Send => Sys.Send(fd, Buffer, step.Length, (int)step.Flags | (int)Sys.MessageNoSignal),
        StepKind.SendFile => SendFile(fd, world.NumberOf(step.Other), step.OtherOffset, step.Length),
        StepKind.CopyRange => CopyRange(step, fd),
        StepKind.Open => OpenFile(step),
        StepKind.Close => Sys.Close(fd),
        _ => throw new InvalidOperationException($"{step.Kind}"),
    };

    private nint Vector(IReadOnlyList<int> segments)
    {
        var address = Buffer;
        for (var i = 0; i < segments.Count; i++)
        {
            _vector[2 * i] = address;
            _vector[2 * i + 1] = segments[i];
            address += segments[i];
        }

        return Marshal.UnsafeAddrOfPinnedArrayElement(_vector, 0);
    }

    private long OpenFile(Step step)
    {
        var keep = !world.IsOpen(step.Slot);
        var fd = World.OpenAt(world.PathOf(step.OpenCase, step.Slot), step.OpenCase.Flags.ToNative());
        if (fd < 0)
        {
            return fd;
        }

        world.Adopt((int)fd, step.Slot, keep);
        return 0;
    }

    private Outcome FStat(Step step)
    {
        var result = Statx(world.NumberOf(step.Slot), out var status);
        return new Outcome(result, [], result < 0 ? "" : Outcome.Describe(status));
    }

    /// <summary>What is known of a slot's file; null if it is not open.</summary>
    internal FileStatus? StatusOf(int slot) => Statx(world.NumberOf(slot), out var status) < 0 ? null : status;

    private long Statx(int fd, out FileStatus status)
    {
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(_status, 0);

        // fstat(2) takes no number below 0 for the working directory.
        var result = fd < 0
            ? -(long)Errno.EBADF
            : Sys.Statx(
                fd, address + global::Akka.IoActors.Native.Statx.ByteSize, global::Akka.IoActors.Native.Statx.EmptyPath, global::Akka.IoActors.Native.Statx.AllMask, address);
        status = new FileStatus(MemoryMarshal.Read<Statx>(_status));
        return result;
    }

    /// <summary>As often as it takes: <c>sendfile(2)</c> may come short.</summary>
    private static long SendFile(int output, int input, long offset, long count)
    {
        var done = 0L;
        while (true)
        {
            var at = offset + done;
            var result = Libc.SendFile(output, input, ref at, count - done);
            if (result <= 0)
            {
                return done > 0 ? done : result;
            }

            done += result;
            if (done == count)
            {
                return done;
            }
        }
    }

    private long CopyRange(Step step, int output)
    {
        var done = 0L;
        while (true)
        {
            var result = Sys.CopyFileRange(
                world.NumberOf(step.Other), step.OtherOffset + done, output, step.Offset + done, step.Length - done);
            if (result <= 0)
            {
                return done > 0 ? done : result;
            }

            done += result;
            if (done == step.Length)
            {
                return done;
            }
        }
    }

    /// <summary>One thread writes, which blocks, the other reads.</summary>
    private Outcome Exchange(Step step)
    {
        var output = world.NumberOf(step.Slot);
        var input = world.NumberOf(Slots.PeerOf(step.Slot));
        var content = step.Content();
        var expected = Libc.BytesIn(input) + step.Length;
        var writer = Task.Run(() =>
        {
            using var pin = new Pin(content);
            return Sys.Write(output, pin.Address, content.Length);
        });
        var done = 0;
        while (done < expected)
        {
            var count = Sys.Read(input, Buffer + done, expected - done);
            if (count <= 0)
            {
                throw new InvalidOperationException($"{step}: {count} after {done} of {expected} bytes");
            }

            done += (int)count;
        }

        return new Outcome(writer.GetAwaiter().GetResult(), _buffer.AsSpan(0, done).ToArray(), "");
    }
}

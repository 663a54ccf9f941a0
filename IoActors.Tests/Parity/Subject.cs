using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Tests.Parity;

/// <summary>A backend does not do what plain system calls do.</summary>
internal sealed class ParityException(string message) : Exception(message);

/// <summary>Has a backend carry a plan out, and compares.</summary>
internal sealed class Subject(IoClient client, World world)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly List<Pending> _pending = [];

    /// <exception cref="ParityException">There is a difference.</exception>
    internal async Task Run(IReadOnlyList<Planned> plan)
    {
        try
        {
            foreach (var planned in plan)
            {
                if (planned.AwaitBefore)
                {
                    await Collect();
                }

                if (planned.Step.Kind == StepKind.Renew)
                {
                    world.Renew(planned.Step.Slot);
                }
                else if (planned.Step.Kind == StepKind.Exchange)
                {
                    await Exchange(planned);
                }
                else
                {
                    Send(planned);
                }
            }

            await Collect();
        }
        finally
        {
            await EndAll();
        }
    }

    private void Send(Planned planned)
    {
        var step = planned.Step;
        var buffers = step.IsInput ? new Buffers(step.Segments) : new Buffers(step.Segments, step.Content());
        var replied = new TaskCompletionSource<IoResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (step.Kind == StepKind.PRead && step.Seed % 3 == 0)
        {
            var operation = new PRead(
                DescriptorOf(step), buffers.Segments[0], step.Offset, (result, _) => replied.SetResult(result), null);
            client.Backend.Tell(operation, ActorRefs.NoSender);
            _pending.Add(new Pending(planned, operation, buffers, replied.Task));
        }
        else
        {
            var operation = Make(step, buffers);
            _pending.Add(new Pending(planned, operation, buffers, client.SubmitAsync(operation).AsTask()));
        }
    }

    private IoOperation Make(Step step, Buffers buffers)
    {
        var fd = DescriptorOf(step);
        var first = buffers.Segments.Count > 0 ? buffers.Segments[0] : default;
        return step.Kind switch
        {
            StepKind.Read => new Read(fd, first),
            StepKind.Write => new Write(fd, first),
            StepKind.PRead => new PRead(fd, first, step.Offset),
            StepKind.PWrite => new PWrite(fd, first, step.Offset),
            StepKind.ReadV => new ReadV(fd, buffers.Segments),
            StepKind.WriteV => new WriteV(fd, buffers.ReadOnlySegments),
            StepKind.PReadV => new PReadV(fd, buffers.Segments, step.Offset),
            StepKind.PWriteV => new PWriteV(fd, buffers.ReadOnlySegments, step.Offset),
            StepKind.LSeek => new LSeek(fd, step.Offset, step.Whence),
            StepKind.FTruncate => new FTruncate(fd, step.Offset),
            StepKind.FStat => new FStat(fd),
            StepKind.FSync => new FSync(fd),
            StepKind.FDataSync => new FDataSync(fd),
            StepKind.Recv => new Recv(fd, first, step.Flags),
            StepKind.Send => new Send(fd, first, step.Flags),
            StepKind.SendFile => new SendFile(fd, world.NumberOf(step.Other), step.OtherOffset, step.Length),
            StepKind.CopyRange => new CopyRange(
                world.NumberOf(step.Other), step.OtherOffset, fd, step.Offset, step.Length),
            StepKind.Open => new Open(world.PathOf(step.OpenCase, step.Slot), step.OpenCase.Flags),
            StepKind.Close => new Close(fd),
            _ => throw new InvalidOperationException($"{step.Kind}"),
        };
    }

    /// <summary>The number, or a handle of it.</summary>
    private Descriptor DescriptorOf(Step step)
    {
        var number = world.NumberOf(step.Slot);
        return number >= 0 && step.Seed % 4 == 0 ? new SafeFileHandle(number, ownsHandle: false) : number;
    }

    /// <summary>Waits for the replies, and compares them in the order in which the operations were sent.</summary>
    private async Task Collect()
    {
        try
        {
            await Task.WhenAll(_pending.Select(pending => pending.Reply)).WaitAsync(Deadline);
        }
        catch (TimeoutException)
        {
            var silent = _pending.First(pending => !pending.Reply.IsCompleted);
            throw new ParityException($"{silent.Planned.Step}: no reply, expected {silent.Planned.Expected}");
        }

        foreach (var pending in _pending)
        {
            Compare(pending.Planned, OutcomeOf(pending));
        }

        _pending.Clear();
    }

    private Outcome OutcomeOf(Pending pending)
    {
        var (planned, operation, buffers, reply) = pending;
        var result = reply.Result;
        if (result.Operation != operation)
        {
            throw new ParityException($"{planned.Step}: the reply is to {result.Operation}");
        }

        if (planned.Step.Kind == StepKind.Open && result.IsSuccess)
        {
            world.Adopt((int)result.Value, planned.Step.Slot, planned.Keep);
            return new Outcome(0, [], "");
        }

        var status = planned.Step.Kind == StepKind.FStat && result.IsSuccess ? Outcome.Describe(result.Status) : "";
        return new Outcome(
            result.Value,
            planned.Step.IsInput ? buffers.Bytes : [],
            buffers.IsIntact ? status : "bytes beside the buffer were written");
    }

    private static void Compare(Planned planned, Outcome actual)
    {
        if (planned.Expected != actual)
        {
            throw new ParityException(
                $"{planned.Step}: expected {planned.Expected.Against(actual)}, got {actual.Against(planned.Expected)}");
        }
    }

    /// <summary>Writes more than the stream holds, and reads until everything is there.</summary>
    private async Task Exchange(Planned planned)
    {
        var step = planned.Step;
        var output = world.NumberOf(step.Slot);
        var input = world.NumberOf(Slots.PeerOf(step.Slot));
        var content = step.Content();
        IoOperation operation = (step.Choice % 3) switch
        {
            0 when Slots.IsSocket(step.Slot) => new Send(output, content),
            1 => new WriteV(output, [content.AsMemory(0, content.Length / 3), content.AsMemory(content.Length / 3)]),
            _ => new Write(output, content),
        };
        var written = client.SubmitAsync(operation).AsTask();
        var received = new byte[planned.Expected.Bytes.Length];
        var done = 0;
        while (done < received.Length)
        {
            var read = new Read(input, received.AsMemory(done));
            var reply = client.SubmitAsync(read).AsTask();
            _pending.Add(new Pending(planned, read, Buffers.None, reply));
            done += await Count(reply, step);
            _pending.Clear();
        }

        _pending.Add(new Pending(planned, operation, Buffers.None, written));
        await Count(written, step);
        _pending.Clear();
        Compare(planned, new Outcome(written.Result.Value, received, ""));
    }

    private static async Task<int> Count(Task<IoResult> reply, Step step)
    {
        try
        {
            return (await reply.WaitAsync(Deadline)) is { Value: > 0 } result
                ? (int)result.Value
                : throw new ParityException($"{step}: {reply.Result}");
        }
        catch (TimeoutException)
        {
            throw new ParityException($"{step}: no reply");
        }
    }

    /// <summary>After a failure: nothing may be left that waits.</summary>
    private async Task EndAll()
    {
        foreach (var pending in _pending)
        {
            if (!pending.Reply.IsCompleted)
            {
                _ = await client.CancelAsync(pending.Operation).AsTask().WaitAsync(Deadline);
            }
        }

        await Task.WhenAll(_pending.Select(pending => pending.Reply)).WaitAsync(Deadline);
        foreach (var result in _pending.Select(pending => pending.Reply.Result))
        {
            if (result is { Operation: Open, IsSuccess: true })
            {
                result.Abandon();
            }
        }
    }

    private sealed record Pending(Planned Planned, IoOperation Operation, Buffers Buffers, Task<IoResult> Reply);

    /// <summary>The buffers of an operation, with a margin around each that nobody may touch.</summary>
    private sealed class Buffers
    {
        private const int Margin = 8;

        private readonly byte[][] _arrays;

        internal Buffers(IReadOnlyList<int> lengths, byte[]? content = null)
        {
            _arrays = [.. lengths.Select(length => new byte[length + 2 * Margin])];
            var done = 0;
            foreach (var array in _arrays)
            {
                Array.Fill(array, Outcome.Untouched);
                var length = array.Length - 2 * Margin;
                content?.AsSpan(done, length).CopyTo(array.AsSpan(Margin));
                done += length;
            }

            Segments = [.. _arrays.Select(array => array.AsMemory(Margin, array.Length - 2 * Margin))];
        }

        internal static Buffers None { get; } = new([]);

        internal IReadOnlyList<Memory<byte>> Segments { get; }

        internal IReadOnlyList<ReadOnlyMemory<byte>> ReadOnlySegments =>
            [.. Segments.Select(segment => (ReadOnlyMemory<byte>)segment)];

        internal byte[] Bytes => [.. Segments.SelectMany(segment => segment.ToArray())];

        internal bool IsIntact => !Array.Exists(
            _arrays,
            array => array.AsSpan(0, Margin).ContainsAnyExcept(Outcome.Untouched)
                || array.AsSpan(array.Length - Margin).ContainsAnyExcept(Outcome.Untouched));
    }
}

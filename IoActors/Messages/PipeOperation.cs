using System;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>
/// What moves bytes between a pipe and another descriptor, or two pipes, inside the kernel. It takes its turn among what reads the
/// one and among what writes the other, and waits for both without costing a thread.
/// </summary>
public abstract class PipeOperation : IoOperation
{
    // What the operation remembers: whose readiness it has waited for last, and whether each socket was blocking (−1: not asked).
    private const int Turn = 0;
    private const int OutputWasBlocking = 1;
    private const int InputWasBlocking = 2;

    private readonly object _input;

    private protected PipeOperation(Descriptor output, Descriptor input, int count)
        : base(output.Target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _input = input.Target;
        Count = count;
    }

    /// <summary>Where the bytes come from.</summary>
    public Descriptor Input => Akka.IoActors.Descriptor.FromTarget(_input);

    /// <summary>How many bytes to move at the most.</summary>
    public int Count { get; }

    internal override OrderClass Order => OrderClass.Out;

    internal override OrderClass SecondOrder => OrderClass.In;

    internal override bool UsesCursor => true;

    internal override object? SecondTarget => _input;

    internal override long Requested => Count;

    internal override PollEvents Readiness => PollEvents.Out;

    internal override bool TouchesDisk => true;

    /// <summary>
    /// The input and the output in turn: one of them was not ready, and the kernel does not say which. A file is always ready.
    /// </summary>
    internal override (int Fd, PollEvents Events) WaitsFor(OperationArguments arguments)
    {
        var state = arguments.State!;
        state[Turn] ^= 1;
        var waitsForInput = state[Turn] == 1 ? Sys.IsSeekable(arguments.SecondFd) <= 0 : Sys.IsSeekable(arguments.Fd) > 0;
        return waitsForInput ? (arguments.SecondFd, PollEvents.In) : (arguments.Fd, PollEvents.Out);
    }

    internal override int Begin(OperationArguments arguments)
    {
        arguments.State = [0, -1, -1];
        return 0;
    }

    internal override long Call(OperationArguments arguments)
    {
        SetNonBlocking(arguments);
        return Move(arguments);
    }

    internal override void End(OperationArguments arguments)
    {
        if (arguments.State is not { } state)
        {
            return;
        }

        if (state[OutputWasBlocking] > 0)
        {
            Sys.SetBlocking(arguments.Fd);
        }

        if (state[InputWasBlocking] > 0)
        {
            Sys.SetBlocking(arguments.SecondFd);
        }

        arguments.State = null;
    }

    /// <summary>The system call.</summary>
    private protected abstract long Move(OperationArguments arguments);

    /// <summary>Sockets wait in spite of SPLICE_F_NONBLOCK, unless they have O_NONBLOCK: until the operation ends.</summary>
    private protected static void SetNonBlocking(OperationArguments arguments)
    {
        var state = arguments.State!;
        SetNonBlocking(arguments.Fd, ref state[OutputWasBlocking]);
        SetNonBlocking(arguments.SecondFd, ref state[InputWasBlocking]);
    }

    private static void SetNonBlocking(int fd, ref int wasBlocking)
    {
        if (wasBlocking < 0)
        {
            wasBlocking = Sys.IsSocket(fd) ? int.Max(0, Sys.TrySetNonBlocking(fd)) : 0;
        }
    }

    private protected override string Details =>
        FormattableString.Invariant($"{Count} bytes of fd {Akka.IoActors.Descriptor.Describe(_input)}");
}

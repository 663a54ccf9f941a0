using System;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>
/// What moves bytes between a pipe and another descriptor, or two pipes, inside the kernel. It takes its turn among what reads the
/// one and among what writes the other, and waits for both without costing a thread.
/// </summary>
public abstract class PipeOperation : IoOperation
{
    // What the operation remembers: whose readiness it has waited for last, and whether sockets have been looked for.
    private const int Turn = 0;
    private const int Looked = 1;

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
        arguments.State = [0, 0];
        return 0;
    }

    internal override long Call(OperationArguments arguments)
    {
        SetNonBlocking(arguments);
        return Move(arguments);
    }

    /// <summary>The system call.</summary>
    private protected abstract long Move(OperationArguments arguments);

    /// <summary>
    /// Sockets wait in spite of SPLICE_F_NONBLOCK, unless they have O_NONBLOCK. They keep it: another operation may count on it.
    /// </summary>
    private protected static void SetNonBlocking(OperationArguments arguments)
    {
        if (arguments.State![Looked] == 0)
        {
            arguments.State[Looked] = 1;
            Sys.SetNonBlockingIfSocket(arguments.Fd);
            Sys.SetNonBlockingIfSocket(arguments.SecondFd);
        }
    }

    private protected override string Details =>
        FormattableString.Invariant($"{Count} bytes of fd {Akka.IoActors.Descriptor.Describe(_input)}");
}

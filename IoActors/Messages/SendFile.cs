using System;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// Moves bytes of a file to a socket, a pipe or another file without their passing through this process; the
/// position of the file that is read stays where it is.
/// </summary>
/// <remarks>
/// The reply is the number of bytes moved: all that were asked for, or fewer where the file ended or an error
/// stood in the way of the rest. Errors as of <see cref="PRead"/> on the one side and <see cref="Write"/> on the
/// other; −EINVAL if the output is open with O_APPEND. Takes effect in the order in which it was sent, among the
/// writes of its output. An output that is a socket gets O_NONBLOCK, and keeps it. <c>splice(2)</c> through a pipe of the operation's own, in steps of what that holds;
/// <c>IORING_OP_SPLICE</c>, since Linux 5.7, else the offload pool.
/// </remarks>
public sealed class SendFile : IoOperation
{
    // What a pipe holds unless told otherwise.
    private const int Step = 65536;

    // The state of an operation in the middle: the pipe's two ends, and what it holds.
    private const int ReadEnd = 0;
    private const int WriteEnd = 1;
    private const int Held = 2;

    // Whether the output has been looked at: a socket is made non-blocking.
    private const int Looked = 3;

    private readonly object _input;

    /// <summary>Makes the message.</summary>
    /// <param name="output">Where the bytes go.</param>
    /// <param name="input">The file that they come from; it must be seekable.</param>
    /// <param name="offset">Where in that file, in bytes from its start.</param>
    /// <param name="count">How many bytes at the most.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset or the count is negative.</exception>
    public SendFile(Descriptor output, Descriptor input, long offset, long count)
        : base(output.Target)
    {
        _input = input.Target;
        Offset = CheckOffset(offset);
        Count = CheckOffset(count);
    }

    /// <summary>The file that the bytes come from.</summary>
    public Descriptor Input => Akka.IoActors.Descriptor.FromTarget(_input);

    /// <summary>Where in that file, in bytes from its start.</summary>
    public long Offset { get; }

    /// <summary>How many bytes at the most.</summary>
    public long Count { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.SendFile;

    internal override OrderClass Order => OrderClass.Out;

    internal override bool UsesCursor => true;

    internal override object? SecondTarget => _input;

    internal override long Requested => Count;

    internal override PollEvents Readiness => PollEvents.Out;

    internal override bool TouchesDisk => true;

    internal override UringOpcode? Opcode => UringOpcode.Splice;

    internal override int Begin(OperationArguments arguments)
    {
        var result = Sys.Pipe(out var readEnd, out var writeEnd);
        arguments.State = result < 0 ? null : [readEnd, writeEnd, 0, 0];
        return result;
    }

    internal override long Precheck(OperationArguments arguments) =>
        arguments.Done > 0 ? 0 : Sys.CheckSendFile(arguments.Fd, arguments.SecondFd, Offset, Count);

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe)
    {
        var state = arguments.State!;
        if (state[Held] == 0)
        {
            sqe.Set(
                UringOpcode.Splice, state[WriteEnd], 0, NextStep(arguments), UringOffset.Position, 0, 0);
            sqe.Address = (ulong)(Offset + arguments.Done);
            sqe.SpliceFdIn = arguments.SecondFd;
        }
        else
        {
            SetNonBlocking(arguments);
            sqe.Set(UringOpcode.Splice, arguments.Fd, 0, (uint)state[Held], UringOffset.Position, Sys.SpliceNonBlock, 0);
            sqe.Address = UringOffset.Position;
            sqe.SpliceFdIn = state[ReadEnd];
        }
    }

    internal override long Call(OperationArguments arguments)
    {
        var state = arguments.State!;
        if (state[Held] == 0)
        {
            return Sys.Splice(arguments.SecondFd, Offset + arguments.Done, state[WriteEnd], NextStep(arguments), 0);
        }

        SetNonBlocking(arguments);
        return Sys.Splice(state[ReadEnd], -1, arguments.Fd, (uint)state[Held], Sys.SpliceNonBlock);
    }

    internal override bool GoesOn(OperationArguments arguments, ref long result)
    {
        if (result > 0)
        {
            var state = arguments.State!;
            if (state[Held] == 0)
            {
                state[Held] = (int)result;
                return true;
            }

            state[Held] -= (int)result;
            arguments.Done += result;
            if (state[Held] > 0 || arguments.Done < Count)
            {
                return true;
            }
        }

        if (result >= 0)
        {
            result = arguments.Done;
        }

        return false;
    }

    internal override void End(OperationArguments arguments)
    {
        if (arguments.State is { } state)
        {
            _ = Sys.Close(state[ReadEnd]);
            _ = Sys.Close(state[WriteEnd]);
            arguments.State = null;
        }
    }

    private protected override string Details =>
        FormattableString.Invariant($"{Count} bytes at {Offset} of fd {Akka.IoActors.Descriptor.Describe(_input)}");

    /// <summary>
    /// A socket waits for room in spite of SPLICE_F_NONBLOCK, and holds a thread meanwhile that nobody can stop: only its own flag
    /// keeps it from that. It keeps the flag: another operation may count on it by then.
    /// </summary>
    private static void SetNonBlocking(OperationArguments arguments)
    {
        if (arguments.State![Looked] == 0)
        {
            arguments.State[Looked] = 1;
            Sys.SetNonBlockingIfSocket(arguments.Fd);
        }
    }

    private uint NextStep(OperationArguments arguments) => (uint)Math.Min(Step, Count - arguments.Done);
}

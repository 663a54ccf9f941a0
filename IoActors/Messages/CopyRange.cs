using System;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>
/// Copies a range of one file into another; the positions of both stay where they are. The file system shares or
/// copies the blocks itself where it can.
/// </summary>
/// <remarks>
/// The reply is the number of bytes copied: all that were asked for, or fewer where the source ended or an error
/// stood in the way of the rest. Errors as of <see cref="PRead"/> and <see cref="PWrite"/>; −EINVAL if the ranges
/// overlap in one file. Ordered as positional on both files. <c>copy_file_range(2)</c> on the offload pool (there
/// is no opcode), or reading and writing there where the file systems refuse it.
/// </remarks>
public sealed class CopyRange : IoOperation
{
    private const int Step = 16 << 20;

    private readonly object _input;

    /// <summary>Makes the message.</summary>
    /// <param name="input">The file to read.</param>
    /// <param name="inputOffset">Where in it, in bytes from its start.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="outputOffset">Where in it, in bytes from its start.</param>
    /// <param name="count">How many bytes at the most.</param>
    /// <exception cref="ArgumentOutOfRangeException">An offset or the count is negative.</exception>
    public CopyRange(Descriptor input, long inputOffset, Descriptor output, long outputOffset, long count)
        : base(output.Target)
    {
        _input = input.Target;
        InputOffset = CheckOffset(inputOffset);
        OutputOffset = CheckOffset(outputOffset);
        Count = CheckOffset(count);
    }

    /// <summary>The file to read.</summary>
    public Descriptor Input => Akka.IoActors.Descriptor.FromTarget(_input);

    /// <summary>Where in it, in bytes from its start.</summary>
    public long InputOffset { get; }

    /// <summary>Where in the file to write, in bytes from its start.</summary>
    public long OutputOffset { get; }

    /// <summary>How many bytes at the most.</summary>
    public long Count { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.CopyRange;

    internal override OrderClass Order => OrderClass.Positional;

    internal override object? SecondTarget => _input;

    internal override long Requested => Count;

    internal override long Call(OperationArguments arguments) => Sys.CopyFileRange(
        arguments.SecondFd,
        InputOffset + arguments.Done,
        arguments.Fd,
        OutputOffset + arguments.Done,
        Math.Min(Step, Count - arguments.Done));

    internal override bool GoesOn(OperationArguments arguments, ref long result)
    {
        if (result > 0)
        {
            arguments.Done += result;
            if (arguments.Done < Count)
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

    private protected override string Details => FormattableString.Invariant(
        $"{Count} bytes at {InputOffset} of fd {Akka.IoActors.Descriptor.Describe(_input)} to {OutputOffset}");
}

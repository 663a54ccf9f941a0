using System;

namespace Akka.IoActors;

/// <summary>An operation on a range of a file that moves no bytes of the requester's.</summary>
public abstract class RangeOperation : IoOperation
{
    private protected RangeOperation(Descriptor descriptor, long offset, long length)
        : base(descriptor.Target)
    {
        Offset = CheckOffset(offset);
        Length = CheckOffset(length);
    }

    /// <summary>Where the range starts, in bytes.</summary>
    public long Offset { get; }

    /// <summary>Its length in bytes; what 0 means stands with the operation.</summary>
    public long Length { get; }

    /// <summary>What is done with it.</summary>
    private protected abstract Enum What { get; }

    private protected override string Details => FormattableString.Invariant($"{What}, {Length} bytes at {Offset}");
}

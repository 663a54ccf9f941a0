using System;
using System.Globalization;

namespace Akka.IoActors.Tests.Parity;

/// <summary>What a step came to.</summary>
/// <param name="Value">The value ≥ 0 or negative errno; 0 for a descriptor, whose number means nothing.</param>
/// <param name="Bytes">The buffers in their whole length, also where nothing was read into them.</param>
/// <param name="Details">What else it told.</param>
internal sealed record Outcome(long Value, byte[] Bytes, string Details)
{
    /// <summary>What stands in a buffer that nothing has been read into.</summary>
    internal const byte Untouched = 0xee;

    internal bool IsSuccess => Value >= 0;

    /// <summary>A status, as far as it does not differ from world to world.</summary>
    internal static string Describe(FileStatus status) =>
        status.Type == FileType.Regular
            ? $"{status.Type}, {status.Mode}, {status.Links} links, {status.Size} bytes"
            : $"{status.Type}, {status.Mode}";

    public bool Equals(Outcome? other) =>
        other is not null
        && Value == other.Value
        && Bytes.AsSpan().SequenceEqual(other.Bytes)
        && Details == other.Details;

    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>For people: where two differ in bytes, the first of those.</summary>
    internal string Against(Outcome other)
    {
        var same = Bytes.AsSpan().CommonPrefixLength(other.Bytes);
        return same == Bytes.Length ? ToString() : $"{this}, byte {same} is {Bytes[same]:x2}";
    }

    public override string ToString()
    {
        var value = Value >= 0 ? Value.ToString(CultureInfo.InvariantCulture) : $"−{(Errno)(int)-Value}";
        return Details.Length > 0 ? $"{value} ({Details})" : value;
    }
}

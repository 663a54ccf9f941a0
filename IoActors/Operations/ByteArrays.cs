using System;

namespace Akka.IoActors.Operations;

/// <summary>Arrays for many bytes.</summary>
internal static class ByteArrays
{
    /// <summary>A usual length. The collector has another way with arrays of more than 85,000 bytes, and a slower one: fresh pages of the kernel each time.</summary>
    internal const int Length = 64 << 10;

    /// <summary>Arrays for so many bytes in all, with nothing in them.</summary>
    /// <param name="count">The bytes, 1 or more.</param>
    /// <param name="length">Those of an array, at the most.</param>
    internal static byte[][] Of(int count, int length)
    {
        var arrays = new byte[(count + length - 1L) / length][];
        for (var n = 0; n < arrays.Length; n++)
        {
            arrays[n] = GC.AllocateUninitializedArray<byte>(Math.Min(length, count - (n * length)));
        }

        return arrays;
    }
}

namespace Akka.IoActors.Native.Uring;

/// <summary>Offsets with a meaning of their own.</summary>
internal static class UringOffset
{
    /// <summary>−1: at the file position, which moves (IORING_FEAT_RW_CUR_POS, since 5.6).</summary>
    internal const ulong Position = ulong.MaxValue;
}

using System.Runtime.InteropServices;

namespace Akka.IoActors.Native;

/// <summary><c>struct statx_timestamp</c>, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatxTimestamp
{
    internal long Seconds;
    internal uint Nanoseconds;
    internal int Reserved;
}

/// <summary><c>struct statx</c> (<c>statx(2)</c>, since Linux 4.11), 256 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = ByteSize)]
internal struct Statx
{
    /// <summary>The size of the structure in bytes.</summary>
    internal const int ByteSize = 256;

    /// <summary>AT_EMPTY_PATH: the descriptor itself is meant.</summary>
    internal const uint EmptyPath = 0x1000;

    /// <summary>AT_STATX_DONT_SYNC: what is in memory will do; no server and no disk is asked.</summary>
    internal const uint DontSync = 0x4000;

    /// <summary>STATX_BTIME: the file system knows when the file was made.</summary>
    internal const uint BirthTimeMask = 0x800;

    /// <summary>STATX_BASIC_STATS and STATX_BTIME.</summary>
    internal const uint AllMask = 0x7ff | BirthTimeMask;

    internal uint Mask;
    internal uint BlockSize;
    internal ulong Attributes;
    internal uint Links;
    internal uint UserId;
    internal uint GroupId;
    internal ushort Mode;
    internal ushort Spare0;
    internal ulong Inode;
    internal ulong Size;
    internal ulong Blocks;
    internal ulong AttributesMask;
    internal StatxTimestamp AccessTime;
    internal StatxTimestamp BirthTime;
    internal StatxTimestamp ChangeTime;
    internal StatxTimestamp ModifyTime;
    internal uint RdevMajor;
    internal uint RdevMinor;
    internal uint DevMajor;
    internal uint DevMinor;
}

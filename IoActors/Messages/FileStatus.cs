using System;
using System.IO;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>What a descriptor refers to (<c>st_mode &amp; S_IFMT</c>).</summary>
public enum FileType
{
    /// <summary>Something without a type of its own, such as an eventfd.</summary>
    Unknown = 0,

    /// <summary>S_IFIFO: a pipe.</summary>
    Fifo = 0x1000,

    /// <summary>S_IFCHR: a terminal, <c>/dev/null</c> and the like.</summary>
    CharacterDevice = 0x2000,

    /// <summary>S_IFDIR.</summary>
    Directory = 0x4000,

    /// <summary>S_IFBLK: a disk.</summary>
    BlockDevice = 0x6000,

    /// <summary>S_IFREG: a file with bytes in it.</summary>
    Regular = 0x8000,

    /// <summary>S_IFLNK.</summary>
    SymbolicLink = 0xa000,

    /// <summary>S_IFSOCK.</summary>
    Socket = 0xc000,
}

/// <summary>What <see cref="FStat"/> tells (<c>statx(2)</c>).</summary>
public sealed class FileStatus
{
    internal const int TypeMask = 0xf000;
    private const int ModeMask = 0xfff;

    internal FileStatus(in Statx statx)
    {
        Type = (FileType)(statx.Mode & TypeMask);
        Mode = (UnixFileMode)(statx.Mode & ModeMask);
        Size = (long)statx.Size;
        AllocatedSize = (long)statx.Blocks * 512;
        BlockSize = (int)statx.BlockSize;
        Links = statx.Links;
        UserId = statx.UserId;
        GroupId = statx.GroupId;
        Inode = (long)statx.Inode;
        Device = ((ulong)statx.DevMajor << 32) | statx.DevMinor;
        ExactAccessTime = statx.AccessTime;
        ExactModifyTime = statx.ModifyTime;
        AccessTime = ToTime(statx.AccessTime);
        ModifyTime = ToTime(statx.ModifyTime);
        ChangeTime = ToTime(statx.ChangeTime);
        BirthTime = (statx.Mask & Statx.BirthTimeMask) != 0 ? ToTime(statx.BirthTime) : null;
    }

    /// <summary>What it is.</summary>
    public FileType Type { get; }

    /// <summary>Its permissions.</summary>
    public UnixFileMode Mode { get; }

    /// <summary>Its length in bytes.</summary>
    public long Size { get; }

    /// <summary>The bytes that it takes on the device; less than <see cref="Size"/> where it has holes.</summary>
    public long AllocatedSize { get; }

    /// <summary>The preferred size of a transfer, in bytes.</summary>
    public int BlockSize { get; }

    /// <summary>The number of names that it has.</summary>
    public long Links { get; }

    /// <summary>The owner's number.</summary>
    public long UserId { get; }

    /// <summary>The group's number.</summary>
    public long GroupId { get; }

    /// <summary>Its number on its device.</summary>
    public long Inode { get; }

    /// <summary>The device that it is on: major number in the upper half, minor number in the lower.</summary>
    public ulong Device { get; }

    /// <summary>When it was last read, UTC; whole hundreds of nanoseconds, within the years 1 to 9999.</summary>
    public DateTimeOffset AccessTime { get; }

    /// <summary>When its bytes last changed, UTC.</summary>
    public DateTimeOffset ModifyTime { get; }

    /// <summary>When its bytes or its metadata last changed, UTC.</summary>
    public DateTimeOffset ChangeTime { get; }

    /// <summary>When it was made, UTC; null where the file system does not keep it.</summary>
    public DateTimeOffset? BirthTime { get; }

    /// <summary><see cref="AccessTime"/> to the nanosecond.</summary>
    internal StatxTimestamp ExactAccessTime { get; }

    /// <summary><see cref="ModifyTime"/> to the nanosecond.</summary>
    internal StatxTimestamp ExactModifyTime { get; }

    private static DateTimeOffset ToTime(in StatxTimestamp time)
    {
        // A file system may keep years that .NET has no numbers for: they become its first or last moment.
        if (time.Seconds < DateTimeOffset.MinValue.ToUnixTimeSeconds())
        {
            return DateTimeOffset.MinValue;
        }

        return time.Seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.MaxValue
            : DateTimeOffset.FromUnixTimeSeconds(time.Seconds)
                .AddTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using Akka.IoActors.Backends.IoUring;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;
using Tmds.Linux;

namespace Akka.IoActors.Tests.Native;

/// <summary>Every number of the kernel's that the library uses, with its name in the C headers.</summary>
internal static class Constants
{
    /// <summary>By group: the C name, and our number.</summary>
    internal static IReadOnlyDictionary<string, Dictionary<string, long>> Groups { get; } =
        new Dictionary<string, Dictionary<string, long>>
        {
            ["opcodes"] = Enum.GetValues<UringOpcode>().ToDictionary(UringOpcodes.NameOf, code => (long)code),
            ["setup flags"] = Members<UringSetup>("IORING_SETUP_", ("CqSize", "CQSIZE")),
            ["features"] = Members<UringFeatures>("IORING_FEAT_", ("NoDrop", "NODROP")),
            ["enter flags"] = Members<UringEnter>("IORING_ENTER_", ("GetEvents", "GETEVENTS")),
            ["queue flags"] = Members<UringSqFlags>("IORING_SQ_"),
            ["cancel flags"] = Members<UringCancel>("IORING_ASYNC_CANCEL_"),
            ["poll events"] = Members<PollEvents>("POLL"),
            ["epoll events"] = Members<PollEvents>("EPOLL"),
            ["errors"] = Enum.GetValues<Errno>().Where(e => e != Errno.None).ToDictionary(e => $"{e}", e => (long)e),
            ["message flags"] = Members<SocketMessageFlags>(
                "MSG_",
                ("OutOfBand", "OOB"),
                ("DontRoute", "DONTROUTE"),
                ("Truncated", "TRUNC"),
                ("DontWait", "DONTWAIT"),
                ("EndOfRecord", "EOR"),
                ("WaitAll", "WAITALL"),
                ("ZeroCopy", "ZEROCOPY")),
            ["file types"] = Members<FileType>(
                "S_IF",
                ("Fifo", "IFO"),
                ("CharacterDevice", "CHR"),
                ("Directory", "DIR"),
                ("BlockDevice", "BLK"),
                ("Regular", "REG"),
                ("SymbolicLink", "LNK"),
                ("Socket", "SOCK")),
            ["open flags"] = Open(),
            ["io_uring"] = new()
            {
                ["__NR_io_uring_enter"] = UringAbi.SyscallEnter,
                ["IORING_OFF_SQ_RING"] = UringAbi.OffSqRing,
                ["IORING_OFF_CQ_RING"] = UringAbi.OffCqRing,
                ["IORING_OFF_SQES"] = UringAbi.OffSqes,
                ["IORING_REGISTER_PROBE"] = UringAbi.RegisterProbe,
                ["IORING_REGISTER_RING_FDS"] = UringAbi.RegisterRingFds,
                ["IORING_UNREGISTER_RING_FDS"] = UringAbi.UnregisterRingFds,
                ["IORING_REGISTER_USE_REGISTERED_RING"] = UringAbi.RegisterUseRegisteredRing,
                ["sizeof(struct io_uring_probe)"] = UringAbi.ProbeHeaderSize,
                ["offsetof(struct io_uring_probe, ops)"] = UringAbi.ProbeHeaderSize,
                ["offsetof(struct io_uring_probe, ops_len)"] = UringAbi.ProbeCountOffset,
                ["IO_URING_OP_SUPPORTED"] = UringAbi.ProbeSupported,
            },
            ["files"] = new()
            {
                ["PATH_MAX"] = Sys.PathMax,
                ["AT_FDCWD"] = Sys.AtWorkingDirectory,
                ["AT_EMPTY_PATH"] = Statx.EmptyPath,
                ["sizeof(struct statx)"] = Statx.ByteSize,
                ["STATX_BTIME"] = Statx.BirthTimeMask,
                ["STATX_BASIC_STATS | STATX_BTIME"] = Statx.AllMask,
                ["S_IFMT"] = FileStatus.TypeMask,
                ["SEEK_CUR"] = LibC.SEEK_CUR,
            },
            ["sockets"] = new()
            {
                ["MSG_NOSIGNAL"] = Sys.MessageNoSignal,
                ["SOCK_CLOEXEC"] = Sys.SocketCloseOnExec,
                ["AF_UNIX"] = SocketAddresses.FamilyUnix,
                ["AF_INET"] = SocketAddresses.FamilyInet,
                ["AF_INET6"] = SocketAddresses.FamilyInet6,
                ["sizeof(struct sockaddr_storage)"] = SocketAddresses.StorageSize,
                ["sizeof(((struct sockaddr_un *)0)->sun_path)"] = SocketAddresses.UnixPathMax,
            },
            ["process"] = new()
            {
                ["RLIMIT_NOFILE"] = ResourceLimits.NumberOfFiles,
                ["RLIMIT_MEMLOCK"] = ResourceLimits.LockedMemory,
                ["sizeof(struct rlimit)"] = 2 * sizeof(ulong),
                ["RLIM_INFINITY"] = unchecked((long)ulong.MaxValue),
                ["EFD_CLOEXEC"] = LibC.EFD_CLOEXEC,
                ["PROT_READ"] = LibC.PROT_READ,
                ["PROT_WRITE"] = LibC.PROT_WRITE,
                ["MAP_SHARED"] = LibC.MAP_SHARED,
                ["MAP_POPULATE"] = LibC.MAP_POPULATE,
            },
        };

    /// <summary>
    /// Names and expressions that may be missing from the headers, because they came with a later kernel than
    /// Debian 12's, 6.1. What they stand for is proved on the running kernel instead.
    /// </summary>
    internal static IReadOnlyDictionary<string, string> NewerThanTheHeaders { get; } =
        new Dictionary<string, string>
        {
            ["IORING_REGISTER_USE_REGISTERED_RING"] = "6.3: RingDescriptorTests",
            ["offsetof(struct io_sqring_offsets, user_addr)"] = "6.5: unused; the size of the structure is proved",
            ["sizeof(((struct io_sqring_offsets *)0)->user_addr)"] = "6.5: as before",
            ["offsetof(struct io_cqring_offsets, user_addr)"] = "6.5: unused; the size of the structure is proved",
            ["sizeof(((struct io_cqring_offsets *)0)->user_addr)"] = "6.5: as before",
            ["IORING_OP_FTRUNCATE"] = "6.9: RingTests",
            ["offsetof(struct io_uring_getevents_arg, min_wait_usec)"] = "6.12: unused; its neighbours are proved",
            ["sizeof(((struct io_uring_getevents_arg *)0)->min_wait_usec)"] = "6.12: as before",
        };

    /// <summary>What the open flags become, with the bit that is always added taken off again.</summary>
    private static Dictionary<string, long> Open()
    {
        var names = new Dictionary<OpenFlags, string>
        {
            [OpenFlags.ReadOnly] = "O_RDONLY",
            [OpenFlags.WriteOnly] = "O_WRONLY",
            [OpenFlags.ReadWrite] = "O_RDWR",
            [OpenFlags.Create] = "O_CREAT",
            [OpenFlags.Exclusive] = "O_EXCL",
            [OpenFlags.Truncate] = "O_TRUNC",
            [OpenFlags.Append] = "O_APPEND",
            [OpenFlags.Direct] = "O_DIRECT",
            [OpenFlags.DataSync] = "O_DSYNC",
            [OpenFlags.Sync] = "O_SYNC",
            [OpenFlags.Directory] = "O_DIRECTORY",
            [OpenFlags.NoFollow] = "O_NOFOLLOW",
            [OpenFlags.NonBlock] = "O_NONBLOCK",
            [OpenFlags.NoAccessTime] = "O_NOATIME",
            [OpenFlags.TemporaryFile] = "O_TMPFILE",
            [OpenFlags.PathOnly] = "O_PATH",
            [OpenFlags.NoControllingTerminal] = "O_NOCTTY",
        };
        return Enum.GetValues<OpenFlags>().ToDictionary(
            flag => $"{names[flag]} | O_CLOEXEC", flag => (long)flag.ToNative());
    }

    /// <summary>The members of an enumeration but 0, under the prefix of the macros.</summary>
    private static Dictionary<string, long> Members<T>(string prefix, params (string Ours, string C)[] exceptions)
        where T : struct, Enum
    {
        var names = exceptions.ToDictionary(pair => pair.Ours, pair => pair.C);
        return Enum.GetValues<T>()
            .Select(value => (Name: $"{value}", Number: Convert.ToInt64(value, null)))
            .Where(member => member.Number != 0)
            .ToDictionary(member => prefix + names.GetValueOrDefault(member.Name, ToMacro(member.Name)), member => member.Number);
    }

    /// <summary><c>DeferTaskrun</c> becomes <c>DEFER_TASKRUN</c>.</summary>
    private static string ToMacro(string name) =>
        string.Concat(name.Select((c, i) => (i > 0 && char.IsUpper(c) ? "_" : "") + char.ToUpperInvariant(c)));
}

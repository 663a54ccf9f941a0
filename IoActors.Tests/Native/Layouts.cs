using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;
using Tmds.Linux;

namespace Akka.IoActors.Tests.Native;

/// <summary>The structures that cross into the kernel, and what each field is called in C.</summary>
internal static class Layouts
{
    /// <summary>Structures of ours: the C type, and the C name of each field.</summary>
    internal static IReadOnlyDictionary<string, (Type Type, string C, Dictionary<string, string> Fields)> Ours { get; } =
        new[]
        {
            Of<UringSqe>(
                "struct io_uring_sqe",
                "Opcode=opcode Flags=flags IoPrio=ioprio Fd=fd Offset=off Address=addr Length=len "
                + "OperationFlags=rw_flags UserData=user_data BufferIndex=buf_index Personality=personality "
                + "SpliceFdIn=splice_fd_in Address3=addr3 _pad=__pad2"),
            Of<UringCqe>("struct io_uring_cqe", "UserData=user_data Result=res Flags=flags"),
            Of<UringSqOffsets>(
                "struct io_sqring_offsets",
                "Head=head Tail=tail RingMask=ring_mask RingEntries=ring_entries Flags=flags Dropped=dropped "
                + "Array=array Resv1=resv1 UserAddr=user_addr"),
            Of<UringCqOffsets>(
                "struct io_cqring_offsets",
                "Head=head Tail=tail RingMask=ring_mask RingEntries=ring_entries Overflow=overflow Cqes=cqes "
                + "Flags=flags Resv1=resv1 UserAddr=user_addr"),
            Of<UringParams>(
                "struct io_uring_params",
                "SqEntries=sq_entries CqEntries=cq_entries Flags=flags SqThreadCpu=sq_thread_cpu "
                + "SqThreadIdle=sq_thread_idle Features=features WqFd=wq_fd Resv0=resv[0] Resv1=resv[1] "
                + "Resv2=resv[2] SqOff=sq_off CqOff=cq_off"),
            Of<UringGetEventsArg>(
                "struct io_uring_getevents_arg",
                "SigMask=sigmask SigMaskSize=sigmask_sz MinWaitMicroseconds=min_wait_usec Timespec=ts"),
            Of<UringResourceUpdate>("struct io_uring_rsrc_update", "Offset=offset Resv=resv Data=data"),
            Of<UringProbeOp>("struct io_uring_probe_op", "Opcode=op Resv=resv Flags=flags Resv2=resv2"),
            Of<KernelTimespec>("struct __kernel_timespec", "Seconds=tv_sec Nanoseconds=tv_nsec"),
            Of<StatxTimestamp>(
                "struct statx_timestamp", "Seconds=tv_sec Nanoseconds=tv_nsec Reserved=__reserved"),
            Of<Statx>(
                "struct statx",
                "Mask=stx_mask BlockSize=stx_blksize Attributes=stx_attributes Links=stx_nlink UserId=stx_uid "
                + "GroupId=stx_gid Mode=stx_mode Spare0=__spare0 Inode=stx_ino Size=stx_size "
                + "Blocks=stx_blocks AttributesMask=stx_attributes_mask AccessTime=stx_atime "
                + "BirthTime=stx_btime ChangeTime=stx_ctime ModifyTime=stx_mtime RdevMajor=stx_rdev_major "
                + "RdevMinor=stx_rdev_minor DevMajor=stx_dev_major DevMinor=stx_dev_minor"),
        }.ToDictionary(layout => layout.Type.Name);

    /// <summary>
    /// Other names of the fields of a submission: each operation has its own for the same place.
    /// </summary>
    internal static IReadOnlyDictionary<string, string> SqeAliases { get; } = new Dictionary<string, string>
    {
        ["fsync_flags"] = "rw_flags",
        ["poll32_events"] = "rw_flags",
        ["msg_flags"] = "rw_flags",
        ["accept_flags"] = "rw_flags",
        ["cancel_flags"] = "rw_flags",
        ["open_flags"] = "rw_flags",
        ["statx_flags"] = "rw_flags",
        ["splice_flags"] = "rw_flags",
        ["addr2"] = "off",
        ["splice_off_in"] = "addr",
        ["file_index"] = "splice_fd_in",
        ["buf_group"] = "buf_index",
    };

    /// <summary>The types of Tmds.LibC that our calls pass by value, and their C types: sizes.</summary>
    internal static IReadOnlyDictionary<string, (int Size, string C)> OfTmds { get; } =
        new Dictionary<string, (int, string)>
        {
            ["size_t"] = (Unsafe.SizeOf<size_t>(), "size_t"),
            ["ssize_t"] = (Unsafe.SizeOf<ssize_t>(), "ssize_t"),
            ["off_t"] = (Unsafe.SizeOf<off_t>(), "off_t"),
            ["mode_t"] = (Unsafe.SizeOf<mode_t>(), "mode_t"),
            ["socklen_t"] = (Unsafe.SizeOf<socklen_t>(), "socklen_t"),
            ["syscall_arg"] = (Unsafe.SizeOf<syscall_arg>(), "long"),
        };

    /// <summary>The size of a structure of ours.</summary>
    internal static int SizeOf(Type type) => (int)typeof(Unsafe)
        .GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    /// <summary>All fields of a structure, those not used included.</summary>
    internal static FieldInfo[] FieldsOf(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    /// <summary>Where a field stands.</summary>
    internal static long OffsetOf(Type type, string field) => Marshal.OffsetOf(type, field);

    private static (Type Type, string C, Dictionary<string, string> Fields) Of<T>(string c, string fields) =>
        (typeof(T), c, fields.Split(' ').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]));
}

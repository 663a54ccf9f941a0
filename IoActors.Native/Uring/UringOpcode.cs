namespace Akka.IoActors.Native.Uring;

/// <summary>The <c>IORING_OP_*</c> opcodes that the library uses, with the kernel that brought them.</summary>
internal enum UringOpcode : byte
{
    /// <summary>Since 5.1.</summary>
    Nop = 0,

    /// <summary><c>preadv2(2)</c>, since 5.1.</summary>
    ReadV = 1,

    /// <summary><c>pwritev2(2)</c>, since 5.1.</summary>
    WriteV = 2,

    /// <summary><c>fsync(2)</c> and <c>fdatasync(2)</c>, since 5.1.</summary>
    FSync = 3,

    /// <summary><c>poll(2)</c> on one descriptor, since 5.1.</summary>
    PollAdd = 6,

    /// <summary><c>sync_file_range(2)</c>, since 5.2.</summary>
    SyncFileRange = 8,

    /// <summary><c>sendmsg(2)</c>, since 5.3.</summary>
    SendMsg = 9,

    /// <summary><c>recvmsg(2)</c>, since 5.3.</summary>
    RecvMsg = 10,

    /// <summary><c>accept4(2)</c>, since 5.5.</summary>
    Accept = 13,

    /// <summary>Since 5.5; by any key since 5.19.</summary>
    AsyncCancel = 14,

    /// <summary><c>connect(2)</c>, since 5.5.</summary>
    Connect = 16,

    /// <summary><c>fallocate(2)</c>, since 5.6.</summary>
    FAllocate = 17,

    /// <summary><c>openat(2)</c>, since 5.6.</summary>
    OpenAt = 18,

    /// <summary><c>close(2)</c>, since 5.6.</summary>
    Close = 19,

    /// <summary><c>statx(2)</c>, since 5.6.</summary>
    Statx = 21,

    /// <summary><c>pread(2)</c>, or <c>read(2)</c> at offset −1, since 5.6.</summary>
    Read = 22,

    /// <summary><c>pwrite(2)</c>, or <c>write(2)</c> at offset −1, since 5.6.</summary>
    Write = 23,

    /// <summary><c>posix_fadvise(2)</c>, since 5.6.</summary>
    FAdvise = 24,

    /// <summary><c>send(2)</c>, since 5.6.</summary>
    Send = 26,

    /// <summary><c>recv(2)</c>, since 5.6.</summary>
    Recv = 27,

    /// <summary><c>openat2(2)</c>, since 5.6.</summary>
    OpenAt2 = 28,

    /// <summary><c>splice(2)</c>, since 5.7.</summary>
    Splice = 30,

    /// <summary><c>tee(2)</c>, since 5.8.</summary>
    Tee = 33,

    /// <summary><c>renameat2(2)</c>, since 5.11.</summary>
    RenameAt = 35,

    /// <summary><c>unlinkat(2)</c>, since 5.11.</summary>
    UnlinkAt = 36,

    /// <summary><c>mkdirat(2)</c>, since 5.15.</summary>
    MkDirAt = 37,

    /// <summary><c>symlinkat(2)</c>, since 5.15.</summary>
    SymlinkAt = 38,

    /// <summary><c>linkat(2)</c>, since 5.15.</summary>
    LinkAt = 39,

    /// <summary><c>send(2)</c> from the buffer itself, since 6.0: two completions, and the buffer is free with the second.</summary>
    SendZeroCopy = 47,

    /// <summary><c>ftruncate(2)</c>, since 6.9.</summary>
    FTruncate = 55,
}

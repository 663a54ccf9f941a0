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

    /// <summary><c>accept4(2)</c>, since 5.5.</summary>
    Accept = 13,

    /// <summary>Since 5.5; by any key since 5.19.</summary>
    AsyncCancel = 14,

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

    /// <summary><c>send(2)</c>, since 5.6.</summary>
    Send = 26,

    /// <summary><c>recv(2)</c>, since 5.6.</summary>
    Recv = 27,

    /// <summary><c>splice(2)</c>, since 5.7.</summary>
    Splice = 30,

    /// <summary><c>ftruncate(2)</c>, since 6.9.</summary>
    FTruncate = 55,
}

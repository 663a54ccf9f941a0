using System;

namespace Akka.IoActors.Native.Uring;

/// <summary><c>IORING_SETUP_*</c>: how a ring is made.</summary>
[Flags]
internal enum UringSetup : uint
{
    /// <summary>A plain ring, as in Linux 5.1.</summary>
    None = 0,

    /// <summary>The size of the completion queue is given, since 5.5.</summary>
    CqSize = 1u << 3,

    /// <summary>Sizes over the maximum are cut instead of refused, since 5.6.</summary>
    Clamp = 1u << 4,

    /// <summary>A bad entry does not stop the batch behind it, since 5.18.</summary>
    SubmitAll = 1u << 7,

    /// <summary>Completions wait for the next entry into the kernel instead of interrupting, since 5.19.</summary>
    CoopTaskrun = 1u << 8,

    /// <summary><see cref="UringSqFlags.Taskrun"/> tells when such completions wait, since 5.19.</summary>
    TaskrunFlag = 1u << 9,

    /// <summary>One thread alone submits; any other gets EEXIST, since 6.0.</summary>
    SingleIssuer = 1u << 12,

    /// <summary>Completions appear only when the issuer asks for events, since 6.1.</summary>
    DeferTaskrun = 1u << 13,
}

/// <summary><c>IORING_FEAT_*</c>: what the kernel says of itself at setup.</summary>
[Flags]
internal enum UringFeatures : uint
{
    /// <summary>Nothing beyond Linux 5.1.</summary>
    None = 0,

    /// <summary>Both queues in one mapping, since 5.4.</summary>
    SingleMmap = 1u << 0,

    /// <summary>A full completion queue loses nothing, since 5.5.</summary>
    NoDrop = 1u << 1,

    /// <summary>Everything but the buffer is copied when the entry is submitted, since 5.5.</summary>
    SubmitStable = 1u << 2,

    /// <summary>Offset −1 means the file position, since 5.6.</summary>
    RwCurPos = 1u << 3,

    /// <summary>Waiting for readiness needs no thread, since 5.7.</summary>
    FastPoll = 1u << 5,

    /// <summary>A wait can carry a timeout, since 5.11.</summary>
    ExtArg = 1u << 8,

    /// <summary>io-wq threads are the process's own, since 5.12.</summary>
    NativeWorkers = 1u << 9,
}

/// <summary><c>IORING_ENTER_*</c>.</summary>
[Flags]
internal enum UringEnter : uint
{
    /// <summary>Only submit.</summary>
    None = 0,

    /// <summary>Run waiting completions, and wait for as many as asked.</summary>
    GetEvents = 1u << 0,

    /// <summary>The argument is a <see cref="UringGetEventsArg"/>, since 5.11.</summary>
    ExtArg = 1u << 3,

    /// <summary>The descriptor is an index of a registered ring, since 5.18.</summary>
    RegisteredRing = 1u << 4,
}

/// <summary><c>IORING_SQ_*</c>: what the kernel tells through the submission queue.</summary>
[Flags]
internal enum UringSqFlags : uint
{
    /// <summary>Nothing to tell.</summary>
    None = 0,

    /// <summary>Completions overflowed and wait in the kernel, since 5.8.</summary>
    CqOverflow = 1u << 1,

    /// <summary>Completions wait for an entry with GETEVENTS, since 5.19.</summary>
    Taskrun = 1u << 2,
}

/// <summary><c>IORING_ASYNC_CANCEL_*</c>.</summary>
[Flags]
internal enum UringCancel : uint
{
    /// <summary>The request with the given user data.</summary>
    None = 0,

    /// <summary>All that match, since 5.19; the result is their number.</summary>
    All = 1u << 0,

    /// <summary>Whatever there is, since 5.19.</summary>
    Any = 1u << 2,
}

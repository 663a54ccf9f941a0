using System;
using System.Runtime.InteropServices;
using Akka.Actor;

namespace Akka.IoActors.Operations;

/// <summary>Where an operation stands between its submission and its reply.</summary>
internal enum SlotState
{
    /// <summary>No operation.</summary>
    Free,

    /// <summary>Waits in its lane for earlier operations on its descriptor.</summary>
    Waiting,

    /// <summary>May start; waits for the executor to have room.</summary>
    Runnable,

    /// <summary>The executor has it: the kernel, or a pool thread.</summary>
    Running,
}

/// <summary>
/// One place in the in-flight table: an operation, its requester, and what the kernel was lent. All fields
/// are owned by the loop's thread.
/// </summary>
internal sealed class Slot : OperationArguments
{
    private SafeHandle? _handle;
    private SafeHandle? _secondHandle;

    internal Slot(int index) => Index = index;

    /// <summary>The place in the table.</summary>
    internal int Index { get; }

    /// <summary>
    /// Counts the operations that have been here, so that a completion for an earlier one finds nothing.
    /// </summary>
    internal uint Generation { get; private set; }

    /// <summary>Index and generation, as a submission carries them.</summary>
    internal ulong UserData => ((ulong)Generation << 32) | (uint)Index;

    internal SlotState Stage { get; set; }

    internal IoOperation Operation { get; private set; } = null!;

    internal IActorRef Requester { get; private set; } = ActorRefs.Nobody;

    /// <summary>The operations on the same descriptor; null for an operation without.</summary>
    internal Lane? Lane { get; set; }

    /// <summary>The part of the lane that a later Sync waits for; set while the lane counts the slot.</summary>
    internal Epoch? Epoch { get; set; }

    /// <summary>The direction that the slot occupies or waits for; null if it is positional or a barrier.</summary>
    internal Direction? Direction { get; set; }

    /// <summary>Bytes that a loop copies itself: beyond, the pool's threads do it side by side.</summary>
    private const int MostFromCache = 256 * 1024;

    /// <summary>Whether the slot waits for readiness instead of being carried out.</summary>
    internal bool Polling { get; set; }

    /// <summary>When the operation arrived; 0 while nobody measures that.</summary>
    internal long Begin { get; set; }

    /// <summary>What it waits for, while it does.</summary>
    internal (int Fd, Native.PollEvents Events) Wait { get; set; }

    /// <summary>What a send without copying has answered, while the kernel still has its buffer.</summary>
    internal long Sent { get; set; }

    /// <summary>Whether somebody has asked that it end: it is not carried on, polled or resumed any more.</summary>
    internal bool CancelRequested => EndsWith != Errno.None;

    /// <summary>The reply if it ends because it was asked to: ECANCELED, or ETIMEDOUT at its deadline.</summary>
    internal Errno EndsWith { get; set; }

    /// <summary>Whether <see cref="Deadlines"/> counts it.</summary>
    internal bool HasDeadline { get; set; }

    /// <summary>Whether it waits for its first start, and counts among those of its requester that do.</summary>
    internal bool CountsAsWaiting { get; set; }

    /// <summary>Whether the offload pool has the slot, not the executor itself.</summary>
    internal bool Offloaded { get; set; }

    /// <summary>Whether the offload pool has no place for the slot: the −EAGAIN is the reply, and no wait.</summary>
    internal bool Refused { get; set; }

    /// <summary>
    /// Whether the slot was sent after its number had come back from an Open or Accept, though the Close of
    /// its last life was not answered yet.
    /// </summary>
    internal bool MeansNewFile { get; set; }

    /// <summary>The queue that the slot waits in.</summary>
    internal SlotQueue? Queue { get; set; }

    internal Slot? Next { get; set; }

    internal Slot? Previous { get; set; }

    /// <summary>The handle that the operation named, referenced until <see cref="Release"/>.</summary>
    internal SafeHandle? Handle => _handle;

    /// <summary>How the slot is ordered in its lane.</summary>
    internal OrderClass Order { get; private set; }

    /// <summary>Whether the slot moves the position of its lane's file.</summary>
    internal bool UsesCursor { get; private set; }

    /// <summary>The place of the operation in the lane of its second descriptor; null for most.</summary>
    internal Slot? Companion { get; private set; }

    /// <summary>
    /// Set in a companion: the slot that it stands for. Its own operation is the same. A place that is kept for another
    /// loop stands for itself.
    /// </summary>
    internal Slot? Primary { get; private set; }

    /// <summary>The place in a lane of another loop; kept here if this slot is that place. Null for most.</summary>
    internal Hold? Hold { get; set; }

    /// <summary>Whether the slot is a place in a lane that is kept for an operation of another loop.</summary>
    internal bool IsKept => Hold is not null && Primary == this;

    /// <summary>Takes an operation in: references its handle, holds its buffer, fills what it lends.</summary>
    /// <returns>0, or the negative errno that is the operation's reply.</returns>
    internal int Take(IoOperation operation, IActorRef requester)
    {
        Operation = operation;
        Requester = requester;
        Order = operation.Order;
        UsesCursor = operation.UsesCursor;
        Done = 0;
        Position = -1;
        try
        {
            Fd = Reference(operation.Target, ref _handle);
            SecondFd = Reference(operation.SecondTarget, ref _secondHandle);
        }
        catch (ObjectDisposedException)
        {
            return -(int)Errno.EBADF;
        }

        try
        {
            Pin(operation);
            return operation.Begin(this);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A MemoryManager of the user's that cannot pin: his buffer, his error, no reason to restart.
            return -(int)Errno.EFAULT;
        }
    }

    /// <summary>Makes this the companion of a slot, for the lane of its second descriptor.</summary>
    internal void Accompany(Slot primary)
    {
        Operation = primary.Operation;
        Order = primary.Operation.SecondOrder;
        UsesCursor = false;
        Primary = primary;
        primary.Companion = this;
    }

    /// <summary>Makes this the place of another loop's operation, in the lane of its second descriptor.</summary>
    /// <returns>0, or the negative errno that is the operation's reply.</returns>
    internal int Keep(Hold hold)
    {
        Operation = hold.Operation;
        Order = hold.Operation.SecondOrder;
        UsesCursor = false;
        Primary = this;
        Hold = hold;
        try
        {
            Fd = Reference(hold.Operation.SecondTarget, ref _handle);
            return 0;
        }
        catch (ObjectDisposedException)
        {
            return -(int)Errno.EBADF;
        }
    }

    private static int Reference(object? target, ref SafeHandle? kept)
    {
        switch (target)
        {
            case Descriptor.Number number:
                return number.Value;
            case SafeHandle handle:
                var referenced = false;
                handle.DangerousAddRef(ref referenced);
                kept = handle;
                return (int)handle.DangerousGetHandle();
            default:
                return -1;
        }
    }

    /// <summary>Lets everything go: the kernel is done with it, or never had it.</summary>
    internal void Release()
    {
        if (Primary is null)
        {
            Operation.End(this);
            GiveBufferBack();
        }

        Unpin();
        Empty();
    }

    /// <summary>
    /// Empties the slot but frees nothing that the kernel may still use: the pins and the lent memory
    /// stay for ever. The slot must not be used again.
    /// </summary>
    internal void Forget()
    {
        LeakPins();
        BufferId = -1;
        Empty();
    }

    private void Empty()
    {
        _handle?.DangerousRelease();
        _handle = null;
        _secondHandle?.DangerousRelease();
        _secondHandle = null;
        Fd = -1;
        SecondFd = -1;
        State = null;
        Buffers = null;
        Companion = null;
        Primary = null;
        Hold = null;
        Operation = null!;
        Requester = ActorRefs.Nobody;
        Lane = null;
        Epoch = null;
        Direction = null;
        Polling = false;
        EndsWith = Errno.None;
        CountsAsWaiting = false;
        MeansNewFile = false;
        Offloaded = false;
        Refused = false;
        Stage = SlotState.Free;

        // 30 bits: the two highest ones mark the completions that belong to no slot.
        Generation = (Generation + 1) & 0x3fff_ffff;
    }

    /// <summary>Frees the lent memory, at the end of the table.</summary>
    internal void Dispose() => FreeLent();

    /// <summary>
    /// Whether the operation is to be tried, and waited for if its descriptor is not ready; all others are
    /// made to the end by whoever may block.
    /// </summary>
    internal bool IsStream =>
        Operation.Readiness != Native.PollEvents.None && Lane is { IsFile: false } && !Operation.TouchesDisk;

    /// <summary>
    /// Carries the operation out on the loop itself, if memory has all that it takes: a thread would take longer to wake than
    /// that. Loop's thread only.
    /// </summary>
    /// <param name="result">Its result.</param>
    /// <returns>Whether it is through.</returns>
    internal bool TryCached(out long result)
    {
        result = -(long)Errno.EAGAIN;
        if (Operation.MayBeCached && Operation.Requested <= MostFromCache && (Operation.Requested == 0 || Lane is { HasCache: true }))
        {
            result = Operation.CallCached(this);
        }

        return result != -(long)Errno.EAGAIN;
    }

    /// <summary>Whether the operation may wait for something that never comes: an end of it costs nobody data.</summary>
    internal bool IsIdleWait => Operation is PipeOperation
        || (Order == OrderClass.In && Operation.Readiness != Native.PollEvents.None && Lane is { IsFile: false });
}

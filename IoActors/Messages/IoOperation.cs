using System;
using System.Collections.Generic;
using System.Runtime.Serialization;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>
/// A message that asks a backend for one I/O operation. It is immutable but for the bytes of its
/// buffer, which belong to the backend from submit to reply. The reply is one
/// <see cref="IoResult"/>, sent to the message's sender; it carries this very object.
/// </summary>
public abstract class IoOperation : Akka.Actor.INoSerializationVerificationNeeded
{
    /// <summary>
    /// A descriptor's target, or <see cref="Extras"/> around it: most operations have no tag, and
    /// pay no field for it.
    /// </summary>
    private readonly object? _subject;

    private protected IoOperation(object? target) => _subject = target;

    /// <summary>Akka's default serializer makes whatever another node names: an operation, with its descriptor, is never made so.</summary>
    [OnDeserializing]
    private void Refuse(StreamingContext context) => LocalMessage.Refuse(this);

    /// <summary>An operation whose reply goes to a callback.</summary>
    private protected IoOperation(object? target, Action<IoResult, object?> callback, object? context) =>
        _subject = new Extras(target) { Callback = result => callback(result, context) };

    /// <summary>Whatever helps the requester to recognise the operation when its reply comes.</summary>
    public object? Tag
    {
        get => (_subject as Extras)?.Tag;
        init => _subject = (_subject as Extras ?? new Extras(_subject)) with { Tag = value };
    }

    /// <summary>
    /// How long the operation may take from its arrival at the backend. Past it, it is ended as by
    /// <see cref="Cancel"/>, with −ETIMEDOUT for a reply; if it cannot be stopped, or has had a part of its effect,
    /// the reply is its real result, and comes when the kernel is done. Null for
    /// <c>io-actors.operation-timeout</c>, infinite for never.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is zero, or negative but not infinite.</exception>
    public TimeSpan? Timeout
    {
        get => (_subject as Extras)?.Timeout;
        init => _subject = (_subject as Extras ?? new Extras(_subject)) with { Timeout = CheckTimeout(value) };
    }

    /// <summary>The descriptor that the operation works on; null for one that has none, such as Open.</summary>
    public Descriptor? Descriptor =>
        Target is { } target ? Akka.IoActors.Descriptor.FromTarget(target) : (Descriptor?)null;

    /// <summary>The kind, for tables, limits and metrics.</summary>
    public abstract OperationKind Kind { get; }

    /// <summary>A descriptor's number or handle; null for an operation without.</summary>
    internal object? Target => _subject is Extras extras ? extras.Target : _subject;

    /// <summary>How the operation is ordered among the others on its descriptor.</summary>
    internal virtual OrderClass Order => OrderClass.None;

    /// <summary>The buffer to hold in place while the operation is in flight.</summary>
    internal virtual ReadOnlyMemory<byte> Pinned => default;

    /// <summary>The buffers of a vector, instead of <see cref="Pinned"/>; null for an operation without one.</summary>
    internal virtual IReadOnlyList<ReadOnlyMemory<byte>>? Segments => null;

    /// <summary>The bytes that a whole transfer moves.</summary>
    internal virtual long Requested => Pinned.Length;

    /// <summary>The second descriptor, which the operation reads at an offset; null for most.</summary>
    internal virtual object? SecondTarget => null;

    /// <summary>The events of <c>poll(2)</c> that end a wait; 0 for an operation that never waits for readiness.</summary>
    internal virtual PollEvents Readiness => PollEvents.None;

    /// <summary>How it is ordered among the operations of its second descriptor.</summary>
    internal virtual OrderClass SecondOrder => OrderClass.Positional;

    /// <summary>What is to be waited for, when a try has answered −EAGAIN.</summary>
    internal virtual (int Fd, PollEvents Events) WaitsFor(OperationArguments arguments) => (arguments.Fd, Readiness);

    /// <summary>The reply of a backend that stops or has stopped.</summary>
    internal virtual Errno WhenStopped => Errno.ECANCELED;

    /// <summary>Whether the operation starts at the file position and moves it.</summary>
    internal virtual bool UsesCursor => false;

    /// <summary>Whether a short count is carried on until the whole buffer is through.</summary>
    internal virtual bool ContinuesWhenShort => false;

    /// <summary>The opcode under io_uring; null for an operation that is answered by the loop itself.</summary>
    internal virtual UringOpcode? Opcode => null;

    /// <summary>Whether the system call is so short that the loop makes it itself, on any backend.</summary>
    internal virtual bool IsQuick => false;

    /// <summary>
    /// Whether the system call may wait for a disk even if the descriptor is ready, and so must not be made
    /// on a loop.
    /// </summary>
    internal virtual bool TouchesDisk => false;

    /// <summary>Whether the operation takes the offload pool though there is an opcode for its kind.</summary>
    internal virtual bool MustCall => false;

    /// <summary>Whether the operation takes a buffer of the loop's pool when it has something to put there.</summary>
    internal virtual bool WantsBuffer => false;

    /// <summary>Whether its descriptor must have a position: −ESPIPE otherwise, which a ring would not say.</summary>
    internal virtual bool NeedsPosition => Order == OrderClass.Positional && SecondTarget is null;

    /// <summary>Makes of what a step has answered what it means: −EAGAIN if its readiness is to be waited for.</summary>
    internal virtual long Interpret(OperationArguments arguments, long result) => result;

    /// <summary>Fills what the operation lends to the kernel beside its buffer.</summary>
    /// <returns>0, or a negative errno that is the reply.</returns>
    internal virtual int Begin(OperationArguments arguments) => 0;

    /// <summary>Finds out what the system call would refuse before it does anything, and other ways would not.</summary>
    /// <returns>A value ≥ 0, or a negative errno that is the reply.</returns>
    internal virtual long Precheck(OperationArguments arguments) => 0;

    /// <summary>Writes the operation into a submission entry, from <c>arguments.Done</c> bytes on.</summary>
    internal virtual void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        throw new InvalidOperationException($"{Kind} has no submission entry");

    /// <summary>
    /// Carries the operation out by a system call that does not wait for readiness: −EAGAIN instead. Only for
    /// operations with <see cref="Readiness"/>.
    /// </summary>
    /// <returns>A value ≥ 0, or a negative errno.</returns>
    internal virtual long TryCall(OperationArguments arguments) => Call(arguments);

    /// <summary>Whether <see cref="CallCached"/> is worth a try.</summary>
    internal virtual bool MayBeCached => false;

    /// <summary>Whether the ring, too, tries it by a call (<see cref="TryCall"/>), and only waits for readiness.</summary>
    internal virtual bool IsTriedByRing => false;

    /// <summary>Whether io_uring hands the operation to a thread of its own in any case, which <see cref="CallCached"/> may save.</summary>
    internal virtual bool IsPuntedByRing => false;

    /// <summary>
    /// Carries the operation out by a system call if memory has all that it wants, and −EAGAIN otherwise. A short
    /// count may be the end of the file, or of what is cached: the ordinary way finds out.
    /// </summary>
    /// <returns>A value ≥ 0, or a negative errno.</returns>
    internal virtual long CallCached(OperationArguments arguments) => -(long)Errno.EAGAIN;

    /// <summary>
    /// Looks at a result in the middle of an operation that takes several steps.
    /// </summary>
    /// <param name="arguments">What the operation has.</param>
    /// <param name="result">The step's result; the operation's own, if this was the last step.</param>
    /// <returns>Whether there are more steps to take.</returns>
    internal virtual bool GoesOn(OperationArguments arguments, ref long result)
    {
        if (!ContinuesWhenShort || result <= 0)
        {
            return false;
        }

        arguments.Done += result;
        if (arguments.Done < Requested)
        {
            if (arguments.Position >= 0)
            {
                Sys.MovePosition(arguments.Fd, arguments.Position, result);
            }

            return true;
        }

        result = arguments.Done;
        return false;
    }

    /// <summary>Closes what the operation had for itself, after its end.</summary>
    internal virtual void End(OperationArguments arguments)
    {
    }

    /// <summary>Gets the reply instead of a sender; null for most.</summary>
    internal Action<IoResult>? Callback => (_subject as Extras)?.Callback;

    /// <summary>Carries the operation out by a blocking system call, on a thread that may block.</summary>
    /// <returns>A value ≥ 0, or a negative errno.</returns>
    internal virtual long Call(OperationArguments arguments) =>
        throw new InvalidOperationException($"{Kind} has no system call");

    /// <summary>Makes the reply of what the kernel answered.</summary>
    internal virtual IoResult ToResult(OperationArguments arguments, long result) => new(this, result);

    /// <summary>The operation as its arguments name it, such as <c>PRead(fd 7, 4096 bytes)</c>.</summary>
    public override string ToString()
    {
        var target = Target is { } t ? $"fd {Akka.IoActors.Descriptor.Describe(t)}" : "";
        var details = Details;
        return $"{Kind}({target}{(target.Length > 0 && details.Length > 0 ? ", " : "")}{details})";
    }

    private protected virtual string Details =>
        Pinned.IsEmpty ? "" : FormattableString.Invariant($"{Pinned.Length} bytes");

    /// <summary>An offset in a file: 0 or more bytes from its start.</summary>
    private protected static long CheckOffset(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return offset;
    }

    private static TimeSpan? CheckTimeout(TimeSpan? timeout)
    {
        if (timeout is { } time && time != System.Threading.Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, nameof(timeout));
        }

        return timeout;
    }

    private sealed record Extras(object? Target)
    {
        internal TimeSpan? Timeout { get; init; }

        internal object? Tag { get; init; }

        internal Action<IoResult>? Callback { get; init; }
    }
}

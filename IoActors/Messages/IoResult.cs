using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Akka.Actor;
using Akka.Event;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors;

/// <summary>
/// The one reply to an <see cref="IoOperation"/>: a value ≥ 0 (bytes, a descriptor, or 0), or a
/// negative errno. It carries the operation, and with it the buffer and the tag.
/// </summary>
public class IoResult : Akka.Actor.INoSerializationVerificationNeeded
{
    private readonly long _result;

    internal IoResult(IoOperation operation, long result)
    {
        Operation = operation;
        _result = result;
    }

    /// <summary>The very message that this answers. Its buffer is the requester's again.</summary>
    public IoOperation Operation { get; }

    /// <summary>
    /// Bytes, a descriptor, 0, or a negative errno. Reading the descriptor of an Open or Accept takes
    /// it over: whoever does so must close it.
    /// </summary>
    public long Value
    {
        get
        {
            Claim();
            return _result;
        }
    }

    /// <summary>The same, for those who only look: a descriptor stays nobody's.</summary>
    internal long Seen => _result;

    /// <summary>Whether the operation succeeded.</summary>
    public bool IsSuccess => _result >= 0;

    /// <summary>Why it failed; <see cref="Errno.None"/> if it did not.</summary>
    public Errno Error => _result < 0 ? (Errno)(int)-_result : Errno.None;

    /// <summary>
    /// Whether the operation may or may not have taken effect: it was in flight when its ring broke,
    /// and the kernel could not be asked any more. The error is then −ECANCELED.
    /// </summary>
    public virtual bool OutcomeUnknown => false;

    /// <summary>What <see cref="FStat"/> or <see cref="Stat"/> told.</summary>
    /// <exception cref="InvalidOperationException">This is no successful reply to one of these.</exception>
    public virtual FileStatus Status => throw Has("status");

    /// <summary>What <see cref="ReadDirectory"/> has read.</summary>
    /// <exception cref="InvalidOperationException">This is no successful reply to a ReadDirectory.</exception>
    public virtual IReadOnlyList<DirectoryEntry> Entries => throw Has("entries");

    /// <summary>What <see cref="ReadLink"/> told.</summary>
    /// <exception cref="InvalidOperationException">This is no successful reply to a ReadLink.</exception>
    public virtual string LinkTarget => throw Has("target");

    /// <summary>
    /// What <see cref="GetSockName"/> or <see cref="GetPeerName"/> told; null where .NET has no name for the family.
    /// </summary>
    /// <exception cref="InvalidOperationException">This is no successful reply to one of these.</exception>
    public virtual EndPoint? Address => throw Has("address");

    /// <summary>What a <see cref="RecvMsg"/> has brought beside the bytes.</summary>
    /// <exception cref="InvalidOperationException">This is no successful reply to a RecvMsg.</exception>
    public virtual ReceivedMessage Message => throw Has("message");

    /// <summary>What a <see cref="RecvPooled"/> has brought; to be disposed of by whoever gets it.</summary>
    /// <exception cref="InvalidOperationException">This is no reply to a RecvPooled that has brought something.</exception>
    public virtual IoBuffer Buffer => throw Has("buffer");

    /// <summary>What <see cref="GetInfo"/> told.</summary>
    /// <exception cref="InvalidOperationException">This is no successful reply to a GetInfo.</exception>
    public virtual BackendInfo Info => throw Has("info");

    /// <summary>
    /// The peer of an accepted connection; null where .NET has no name for its family.
    /// </summary>
    /// <exception cref="InvalidOperationException">This is no successful reply to an Accept.</exception>
    public virtual EndPoint? Peer => throw Has("peer");

    /// <summary>The descriptor of an Open, taken over as a handle that owns it.</summary>
    /// <exception cref="InvalidOperationException">This is no successful reply to an operation that makes a descriptor.</exception>
    public virtual SafeFileHandle Handle => throw Has("descriptor");

    /// <summary>The descriptor of an Accept or CreateSocket, taken over as a handle that owns it, for <c>new Socket(…)</c>.</summary>
    /// <exception cref="InvalidOperationException">This is no successful reply to an operation that makes a descriptor.</exception>
    public virtual SafeSocketHandle SocketHandle => throw Has("descriptor");

    /// <summary>The value, if there is one.</summary>
    /// <returns>Bytes, a descriptor (then taken over), or 0.</returns>
    /// <exception cref="IoException">The operation failed.</exception>
    public long GetValueOrThrow() => IsSuccess ? Value : throw new IoException(this);

    /// <summary>Throws if the operation failed. Takes no descriptor over.</summary>
    /// <returns>This result.</returns>
    /// <exception cref="IoException">The operation failed.</exception>
    public IoResult ThrowIfFailed() => IsSuccess ? this : throw new IoException(this);

    /// <summary>Operation and outcome, such as <c>PRead(fd 7, 16 bytes at 0) = −EBADF</c>.</summary>
    public override string ToString() => IsSuccess
        ? FormattableString.Invariant($"{Operation} = {_result}")
        : $"{Operation} = −{Error.Name()}";

    private protected virtual void Claim()
    {
    }

    /// <summary>Gives the reply to whoever shall have it.</summary>
    /// <param name="requester">The sender of the operation; nobody if it came from no actor.</param>
    /// <param name="replier">The backend.</param>
    internal void DeliverTo(IActorRef requester, IActorRef replier)
    {
        if (Operation.Callback is { } callback)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static call => call.Reply.Call(call.Callback, call.Replier),
                (Reply: this, Callback: callback, Replier: replier),
                preferLocal: false);
        }
        else if (requester.IsNobody())
        {
            Abandon();
        }
        else
        {
            requester.Tell(this, replier);
        }
    }

    /// <summary>Calls back, on a thread of the pool. What the callback throws is logged: it ends no process.</summary>
    private void Call(Action<IoResult> callback, IActorRef replier)
    {
        try
        {
            callback(this);
        }
        catch (Exception e)
        {
            Log(e, replier, $"The callback of {Operation} threw.");
        }
    }

    /// <summary>Logs what somebody's code has thrown.</summary>
    internal static void Log(Exception e, IActorRef replier, string message) =>
        ((IInternalActorRef)replier).Provider.SystemGuardian.Underlying.System.EventStream.Publish(
            new Error(e, replier.Path.ToString(), typeof(IoOperation), message));

    /// <summary>Lets go of what nobody will look at: the requester is gone.</summary>
    internal virtual void Abandon()
    {
    }

    private InvalidOperationException Has(string what) => new($"{this} has no {what}.");
}

/// <summary>The reply to an operation of which nobody knows what it did.</summary>
internal sealed class UnknownResult : IoResult
{
    internal UnknownResult(IoOperation operation)
        : base(operation, -(long)Errno.ECANCELED)
    {
    }

    public override bool OutcomeUnknown => true;
}

/// <summary>The reply to a successful <see cref="FStat"/>.</summary>
internal sealed class StatusResult : IoResult
{
    internal StatusResult(IoOperation operation, FileStatus status)
        : base(operation, 0) => Status = status;

    public override FileStatus Status { get; }
}

/// <summary>The reply to a <see cref="GetInfo"/>.</summary>
internal sealed class InfoResult : IoResult
{
    internal InfoResult(IoOperation operation, BackendInfo info)
        : base(operation, 0) => Info = info;

    public override BackendInfo Info { get; }
}

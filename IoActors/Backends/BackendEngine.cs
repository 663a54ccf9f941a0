using System;
using Akka.IoActors.Loop;
using Akka.IoActors.Operations;

namespace Akka.IoActors.Backends;

/// <summary>
/// What makes a backend actor an io_uring, epoll or thread-pool one: makes the executor, takes it down, and
/// describes it. Outlives neither the other incarnations nor their executors. Owned by the loop's thread.
/// </summary>
internal abstract class BackendEngine(BackendState state)
{
    /// <summary>What outlives the engine.</summary>
    protected BackendState State { get; } = state;

    /// <summary>The operations.</summary>
    protected OperationTable Table => State.Table;

    /// <summary>The loop.</summary>
    protected EventLoop Loop => State.Loop;

    /// <summary>The backend's name, such as <c>io_uring</c>.</summary>
    internal abstract string Name { get; }

    /// <summary>Makes the executor and attaches it to the loop.</summary>
    /// <param name="failed">Told once, on the loop's thread, when the executor has become unusable.</param>
    /// <exception cref="Native.NativeException">There is none to be had.</exception>
    internal abstract IOperationExecutor Open(Action<Exception> failed);

    /// <summary>Takes the executor down and reaps what it has.</summary>
    /// <returns>Whether everything was reaped.</returns>
    internal abstract bool Close(TimeSpan deadline);

    /// <summary>Hands on what has been prepared.</summary>
    /// <returns>The number of operations.</returns>
    internal virtual long Flush() => 0;

    /// <summary>Takes in what has completed, now.</summary>
    internal abstract void TakeIn();

    /// <summary>What the backend is.</summary>
    internal abstract BackendInfo Describe();

    /// <summary>Whether the loop itself carries the kind out, on every backend.</summary>
    protected static bool IsOnLoop(OperationKind kind) => kind is OperationKind.LSeek or OperationKind.Flush
        or OperationKind.Poll or OperationKind.Delay or OperationKind.Cancel or OperationKind.GetInfo or OperationKind.Own
        or OperationKind.Watermark or OperationKind.Stop
        or OperationKind.CreateSocket or OperationKind.Bind or OperationKind.Listen or OperationKind.Shutdown
        or OperationKind.GetSockName or OperationKind.GetPeerName or OperationKind.SetSockOpt or OperationKind.GetSockOpt;
}

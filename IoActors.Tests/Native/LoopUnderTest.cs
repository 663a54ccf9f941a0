using System;
using System.Collections.Concurrent;
using System.Threading;
using Akka.Dispatch;
using Akka.IoActors.Loop;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>An event loop that never spins: it parks whenever it has nothing to do.</summary>
internal sealed class LoopUnderTest : IDisposable
{
    private readonly ConcurrentQueue<Exception> _reported = new();
    private RingThatOnlyWaits? _reactor;

    /// <param name="onRing">Whether it parks in a ring; otherwise on the eventfd itself.</param>
    internal LoopUnderTest(bool onRing = false)
    {
        Loop = new EventLoop("loop under test", TimeSpan.Zero, processor: null, _reported.Enqueue);
        if (onRing)
        {
            Do(() => Loop.Attach(_reactor = new RingThatOnlyWaits(Loop)));
        }
    }

    internal EventLoop Loop { get; }

    /// <summary>Has the loop's thread run this, and waits for it.</summary>
    internal void Do(Action action)
    {
        using var done = new ManualResetEventSlim();
        Loop.Post(new ActionRunnable(() =>
        {
            try
            {
                action();
            }
            finally
            {
                done.Set();
            }
        }));
        Assert.True(done.Wait(OwnThread.Deadline), "the loop does not run what is posted");
    }

    /// <summary>Ends the loop; nothing may have been thrown on it.</summary>
    public void Dispose()
    {
        if (_reactor is { } reactor)
        {
            Do(() =>
            {
                Loop.Detach(reactor);
                reactor.Dispose();
            });
        }

        Loop.Stop();
        Assert.Empty(_reported);
    }

    /// <summary>The least that a reactor does: it keeps a read of the wake-up descriptor in a ring.</summary>
    private sealed class RingThatOnlyWaits(EventLoop loop) : IReactor, IDisposable
    {
        private const ulong WakeData = 1;

        private readonly Ring _ring = Ring.Create(8, 16);
        private readonly NativeBlock _count = new();
        private bool _armed;

        public bool HasWork => _ring.HasCompletions;

        public bool HasDeferred => false;

        public bool Turn(bool mayDefer) => _ring.NeedsEnter ? _ring.Submit() >= 0 | Reap() : Reap();

        public void Park(TimeSpan timeout)
        {
            if (!_armed)
            {
                _armed = true;
                _ring.Next().Set(
                    UringOpcode.Read,
                    loop.Wake.Descriptor,
                    _count.Ensure(sizeof(ulong)),
                    sizeof(ulong),
                    UringOffset.Position,
                    0,
                    WakeData);
            }

            var result = _ring.SubmitAndWait(timeout);
            Assert.True(result is >= 0 or -(int)Errno.EINTR, $"io_uring_enter: {result}");
            Reap();
        }

        public void OnFailed(Exception cause) => throw new InvalidOperationException("the ring failed", cause);

        public void Dispose()
        {
            if (_armed)
            {
                _ring.Next().Set(UringOpcode.AsyncCancel, -1, (nint)WakeData, 0, 0, 0, 2);
            }

            while (_armed)
            {
                _ring.SubmitAndWait(OwnThread.Deadline);
                Reap();
            }

            _ring.Dispose();
            _count.Dispose();
        }

        private bool Reap()
        {
            var any = false;
            while (_ring.TryReap(out var completion))
            {
                any = true;
                _armed &= completion.UserData != WakeData;
            }

            return any;
        }
    }
}

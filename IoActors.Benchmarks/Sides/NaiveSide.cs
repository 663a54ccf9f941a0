using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Native.Uring;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// The obvious design, to compare with: an actor on the default dispatcher that enters the kernel for each message, and
/// a thread that waits for completions and Tells the replies. Ask-free: the tasks await promises.
/// </summary>
internal sealed class NaiveSide : ISide
{
    private readonly ActorSystem _system = ActorSystem.Create("naive");
    private readonly IActorRef _backend;
    private readonly SafeFileHandle _file;
    private readonly SideSpec _spec;

    public NaiveSide(SideSpec spec)
    {
        _spec = spec;
        _file = global::System.IO.File.OpenHandle(spec.Get("file"));
        _backend = _system.ActorOf(Props.Create(() => new Backend((int)_file.DangerousGetHandle())));
    }

    public Task<Sample> Run(TimeSpan time)
    {
        var blocks = ServiceSide.BlocksOf(_spec);
        return TaskLoad.Run(_spec.Number("qd"), time, _spec.Is("latency"), async (n, load) =>
        {
            var random = new Random(n);
            var buffer = Buffers.Make();
            do
            {
                var request = new Request(buffer, ServiceSide.RandomOffset(random, blocks));
                _backend.Tell(request);
                if (await request.Done.Task.ConfigureAwait(false) != Buffers.Size)
                {
                    throw new BenchmarkException("the naive backend came short");
                }
            }
            while (load.Next());
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _file.Dispose();
    }

    private sealed record Request(Memory<byte> Buffer, long Offset)
    {
        internal TaskCompletionSource<int> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Akka.IoActors.Native.BufferPin Pin { get; set; }
    }

    private sealed class Backend : ActorBase
    {
        private readonly Ring _ring = Ring.Create(256, 4096, null, UringSetup.None);
        private readonly Dictionary<ulong, Request> _pending = [];
        private readonly int _fd;
        private ulong _last;

        public Backend(int fd)
        {
            _fd = fd;
            new Thread(Complete) { IsBackground = true }.Start();
        }

        protected override bool Receive(object message)
        {
            var request = (Request)message;
            request.Pin = Akka.IoActors.Native.BufferPin.Take(request.Buffer);
            lock (_pending)
            {
                _pending.Add(++_last, request);
            }

            _ring.Next().Set(
                UringOpcode.Read, _fd, request.Pin.Address, (uint)request.Buffer.Length, (ulong)request.Offset, 0, _last);
            _ring.Submit();
            return true;
        }

        private void Complete()
        {
            while (true)
            {
                UringSyscalls.Kernel.Enter(_ring.Descriptor, 0, 1, UringEnter.GetEvents, 0, 0);
                while (_ring.TryReap(out var completion))
                {
                    Request? request;
                    lock (_pending)
                    {
                        _pending.Remove(completion.UserData, out request);
                    }

                    request!.Pin.Release();
                    request.Done.SetResult(completion.Result);
                }
            }
        }
    }
}

using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// Actors that Tell reads and get replies: one a loop, placed there (<c>place=loop</c>), or on the default
/// dispatcher; each keeps <c>qd</c> reads in flight.
/// </summary>
internal sealed class TellSide : ServiceSide
{
    private readonly SafeFileHandle[] _files;
    private readonly Memory<byte>[][] _buffers;

    /// <summary>What the process occupies since it has read, beside the buffers.</summary>
    private long _growth;

    public TellSide(SideSpec spec)
        : base(spec)
    {
        // A loop owns what is opened on it; so there is a file for each.
        var files = Enumerable.Range(0, 64).Select(_ => OpenData()).ToList();
        _files = [.. Io.Loops.Select(loop => files.First(file => Io.LoopOf(file) == loop))];
        _buffers = [.. _files.Select(_ => Buffers.Make(Spec.Number("qd"), Buffers.Size))];
        foreach (var buffer in _buffers.SelectMany(buffers => buffers))
        {
            // So that the memory is there before it is counted.
            buffer.Span[0] = 1;
        }

        files.Except(_files).ToList().ForEach(file => file.Dispose());
    }

    public override async Task<Sample> Run(TimeSpan time)
    {
        var readers = _files.Zip(_buffers, (file, buffers) => new Reading(Io.Backend, file, buffers, BlocksOf(Spec), time)).ToList();
        var before = Spec.Is("memory") ? Buffers.Resident() : 0;
        var meter = new Meter();
        foreach (var (reading, loop) in readers.Zip(Io.Loops))
        {
            var props = Props.Create(() => new Reader(reading));
            System.ActorOf(Spec.Get("place") == "loop" ? props.OnLoop(loop) : props);
        }

        var counts = await Task.WhenAll(readers.Select(reader => reader.Done.Task));
        var sample = meter.Stop(counts.Sum());
        _growth += Spec.Is("memory") ? Buffers.Resident() - before : 0;
        return sample with { Value = _growth / (double)Spec.Number("qd") };
    }

    private sealed record Reading(IActorRef Backend, SafeFileHandle File, Memory<byte>[] Buffers, long Blocks, TimeSpan Time)
    {
        internal TaskCompletionSource<long> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Reader : ActorBase
    {
        private readonly Reading _reading;
        private readonly Random _random = new(1);
        private readonly long _end;
        private long _count;
        private int _inFlight;
        private bool _over;

        public Reader(Reading reading)
        {
            _reading = reading;
            _end = Stopwatch.GetTimestamp() + (long)(reading.Time.TotalSeconds * Stopwatch.Frequency);
        }

        protected override void PreStart()
        {
            foreach (var buffer in _reading.Buffers)
            {
                Read(buffer);
            }
        }

        protected override bool Receive(object message)
        {
            var result = (IoResult)message;
            if (result.Value != Buffers.Size)
            {
                _reading.Done.TrySetException(new BenchmarkException(result.ToString()));
            }

            _inFlight--;
            _count++;
            _over |= (_count & 63) == 0 && Stopwatch.GetTimestamp() >= _end;
            if (!_over)
            {
                Read(((PRead)result.Operation).Buffer);
            }
            else if (_inFlight == 0)
            {
                _reading.Done.TrySetResult(_count);
                Context.Stop(Self);
            }

            return true;
        }

        private void Read(Memory<byte> buffer)
        {
            _inFlight++;
            _reading.Backend.Tell(new PRead(_reading.File, buffer, ServiceSide.RandomOffset(_random, _reading.Blocks)), Self);
        }
    }
}

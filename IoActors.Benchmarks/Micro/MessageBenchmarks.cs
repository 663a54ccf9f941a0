using System;
using BenchmarkDotNet.Attributes;

namespace Akka.IoActors.Benchmarks.Micro;

/// <summary>Making messages.</summary>
public class MessageBenchmarks
{
    private readonly Memory<byte> _buffer = new byte[4096];

    /// <summary>A positional read.</summary>
    [Benchmark]
    public IoOperation PRead() => new PRead(7, _buffer, 4096);

    /// <summary>One with a tag.</summary>
    [Benchmark]
    public IoOperation TaggedPRead() => new PRead(7, _buffer, 4096) { Tag = this };

    /// <summary>A receive.</summary>
    [Benchmark]
    public IoOperation Recv() => new Recv(7, _buffer);
}

using System;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Operations;
using BenchmarkDotNet.Attributes;

namespace Akka.IoActors.Benchmarks.Micro;

/// <summary>An operation through the table, with an executor that completes it when asked.</summary>
public class TableBenchmarks : IDisposable
{
    private readonly OperationTable _table = new(IoSettings.Parse(ConfigurationFactory.Empty), () => { }, (_, _) => { })
    {
        Buffers = new BufferPool(1, 64, () => { }),
    };
    private readonly Memory<byte> _buffer = new byte[4096];
    private readonly Executor _executor = new();

    /// <summary>Makes the table.</summary>
    [GlobalSetup]
    public void SetUp() => _table.UseExecutor(_executor);

    /// <summary>A positional read, submitted and completed.</summary>
    [Benchmark]
    public void PRead() => Through(new PRead(7, _buffer, 0));

    /// <summary>A read at the cursor, which takes its turn in a lane.</summary>
    [Benchmark]
    public void Recv() => Through(new Recv(7, _buffer));

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _table.Dispose();
    }

    private void Through(IoOperation operation)
    {
        _table.Submit(operation, ActorRefs.Nobody);
        _table.Complete(_executor.Last, 4096);
    }

    private sealed class Executor : IOperationExecutor
    {
        internal ulong Last { get; private set; }

        public bool TryStart(Slot slot)
        {
            Last = slot.UserData;
            return true;
        }

        public void Cancel(Slot slot)
        {
        }
    }
}

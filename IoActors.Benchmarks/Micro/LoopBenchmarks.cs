using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.IoActors.Loop;
using BenchmarkDotNet.Attributes;

namespace Akka.IoActors.Benchmarks.Micro;

/// <summary>Posting to a loop, and awaiting the client.</summary>
public class LoopBenchmarks
{
    private ActorSystem _system = null!;
    private IoClient _client = null!;
    private EventLoop _loop = null!;

    /// <summary>Starts a system and a loop.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _system = ActorSystem.Create("micro", ConfigurationFactory.ParseString("akka.loglevel = WARNING"));
        _client = _system.IoActors().Client;
        _loop = new EventLoop("micro", TimeSpan.FromMicroseconds(20), processor: null, e => Console.Error.WriteLine(e));
    }

    /// <summary>Stops them.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        _loop.Stop();
        _system.Terminate().Wait();
    }

    /// <summary>A run posted from elsewhere, and waited for: the way there, a turn, and the way back.</summary>
    [Benchmark]
    public void PostAndWait()
    {
        using var done = new ManualResetEventSlim();
        _loop.Post(new ActionRunnable(done.Set));
        done.Wait();
    }

    /// <summary>Ten thousand runs that each post the next: a turn has 64 of them.</summary>
    [Benchmark(OperationsPerInvoke = 10_000)]
    public void LocalRuns()
    {
        using var done = new ManualResetEventSlim();
        var left = 10_000;
        ActionRunnable? run = null;
        run = new ActionRunnable(() =>
        {
            if (--left == 0)
            {
                done.Set();
            }
            else
            {
                _loop.Post(run!);
            }
        });
        _loop.Post(run);
        done.Wait();
    }

    /// <summary>An operation without any I/O, awaited.</summary>
    [Benchmark]
    public async Task<IoResult> AwaitPoll() => await _client.PollAsync(TimeSpan.Zero);
}

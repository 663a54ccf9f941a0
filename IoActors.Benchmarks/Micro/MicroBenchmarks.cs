using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Akka.IoActors.Benchmarks.Micro;

/// <summary>The small benchmarks: what a message, a turn of the table, a post and an await cost by themselves.</summary>
internal static class MicroBenchmarks
{
    internal static int Run(string[] arguments)
    {
        // In this process: the benchmarks see internals, which a generated project would not.
        var config = DefaultConfig.Instance
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .WithArtifactsPath("artifacts/benchmarks");
        BenchmarkSwitcher.FromTypes([typeof(MessageBenchmarks), typeof(TableBenchmarks), typeof(LoopBenchmarks)])
            .Run(arguments.Length > 0 ? arguments : ["--filter", "*"], config);
        return 0;
    }
}

using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Xunit;
using Xunit.Abstractions;

namespace Akka.IoActors.Tests.Parity;

/// <summary>
/// A backend gives the results of plain blocking system calls, byte for byte and errno for errno. The programs
/// are random, but the same in each run: trace n has the seed <c>IOACTORS_PARITY_SEED</c> + n. With that variable
/// set to the seed that a failure prints, the trace that failed is the first one.
/// <c>IOACTORS_PARITY_OPERATIONS</c> asks for more operations than a normal run makes, or for fewer.
/// </summary>
[Collection(Faults.FaultCollection.Name)]
public abstract class ParityTest : ConformanceTest
{
    private const ulong DefaultSeed = 52;
    private const long DefaultOperations = 100_000;

    private readonly ITestOutputHelper _output;
    private readonly Faults.FaultReport _report;
    private long _worlds;

    /// <summary>Prepares a test.</summary>
    protected ParityTest(BackendFixture fixture, Faults.FaultReport report, ITestOutputHelper output)
        : base(fixture)
    {
        _output = output;
        _report = report;
    }

    /// <summary>The law of the same answer.</summary>
    [Fact]
    public async Task Fault_52_A_hundred_thousand_random_operations_have_the_results_of_plain_system_calls()
    {
        var first = Setting("IOACTORS_PARITY_SEED", DefaultSeed);
        var wanted = (long)Setting("IOACTORS_PARITY_OPERATIONS", DefaultOperations);
        var start = Stopwatch.GetTimestamp();
        var deadline = TimeSpan.FromMinutes(5) * Math.Max(1.0, (double)wanted / DefaultOperations);
        var traces = 0L;
        var operations = 0L;
        var outcome = "FAILED";
        try
        {
            // Two at a time: while one makes its system calls, the other's operations are under way.
            await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            {
                while (Interlocked.Read(ref operations) < wanted)
                {
                    Interlocked.Add(ref operations, Check(first + (ulong)Interlocked.Increment(ref traces) - 1));
                }
            }))).WaitAsync(deadline);
            outcome = "survived";
        }
        finally
        {
            _report.Add(
                nameof(Fault_52_A_hundred_thousand_random_operations_have_the_results_of_plain_system_calls),
                BackendName,
                outcome);
        }

        _output.WriteLine(FormattableString.Invariant(
            $"{BackendName}: IOACTORS_PARITY_SEED={first}, {traces} traces, {operations} operations, {Stopwatch.GetElapsedTime(start).TotalSeconds:f1} s"));
    }

    /// <summary>Makes one trace and runs it; if it fails, ever smaller ones that fail too.</summary>
    /// <returns>Its operations.</returns>
    private long Check(ulong seed)
    {
        var operations = 0L;
        (Trace Trace, string Failure)? smallest = null;
        var property = Prop.ForAll(Trace.Arbitrary, trace =>
        {
            try
            {
                operations = Run(trace).GetAwaiter().GetResult();
                return true;
            }
            catch (ParityException e)
            {
                smallest = (trace, e.Message);
                return false;
            }
        });
        FsCheck.Check.One(
            Config.Quick
                .WithMaxTest(1)
                .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed), FSharpOption<int>.None)))
                .WithRunner(Runner.Instance),
            property);
        if (smallest is { } failure)
        {
            Assert.Fail(Describe(seed, failure.Trace, failure.Failure));
        }

        return operations;
    }

    private async Task<long> Run(Trace trace)
    {
        var number = Interlocked.Increment(ref _worlds);
        using var right = new World(PathOf(FormattableString.Invariant($"{number}-r")));
        using var mine = new World(PathOf(FormattableString.Invariant($"{number}-m")));
        var plan = new Planner(right, trace.Concurrent).Plan(trace);
        await new Subject(Io.Client, mine).Run(plan);
        foreach (var (expected, actual) in right.Snapshot().Zip(mine.Snapshot()))
        {
            if (expected.Name != actual.Name || !expected.Bytes.AsSpan().SequenceEqual(actual.Bytes))
            {
                var same = expected.Bytes.AsSpan().CommonPrefixLength(actual.Bytes);
                throw new ParityException(
                    $"at the end: expected {expected.Name} ({expected.Bytes.Length} bytes), got {actual.Name} "
                    + $"({actual.Bytes.Length} bytes), of which the first {same} are the same");
            }
        }

        return plan.Count;
    }

    private string Describe(ulong seed, Trace trace, string failure)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{BackendName} differs from plain system calls: {failure}");
        text.AppendLine(CultureInfo.InvariantCulture, $"IOACTORS_PARITY_SEED={seed} makes it happen again.");
        text.AppendLine(CultureInfo.InvariantCulture, $"The smallest trace that fails: {trace}");
        using var world = new World(PathOf("description"));
        foreach (var planned in new Planner(world, trace.Concurrent).Plan(trace))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {planned}");
        }

        return text.ToString();
    }

    private static ulong Setting(string variable, ulong otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? ulong.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;

    /// <summary>The test itself says what there is to say.</summary>
    private sealed class Runner : IRunner
    {
        internal static readonly Runner Instance = new();

        public void OnStartFixture(Type t)
        {
        }

        public void OnArguments(
            int ntest, FSharpList<object> args, FSharpFunc<int, FSharpFunc<FSharpList<object>, string>> every)
        {
        }

        public void OnShrink(FSharpList<object> args, FSharpFunc<FSharpList<object>, string> everyShrink)
        {
        }

        public void OnFinished(string name, TestResult result)
        {
        }
    }
}

/// <summary>io_uring and plain system calls.</summary>
public sealed class IoUringParity(IoUringFixture fixture, Faults.FaultReport report, ITestOutputHelper output)
    : ParityTest(fixture, report, output), IClassFixture<IoUringFixture>;

/// <summary>epoll and plain system calls.</summary>
public sealed class EpollParity(EpollFixture fixture, Faults.FaultReport report, ITestOutputHelper output)
    : ParityTest(fixture, report, output), IClassFixture<EpollFixture>;

/// <summary>The thread pool and plain system calls.</summary>
public sealed class ThreadPoolParity(ThreadPoolFixture fixture, Faults.FaultReport report, ITestOutputHelper output)
    : ParityTest(fixture, report, output), IClassFixture<ThreadPoolFixture>;

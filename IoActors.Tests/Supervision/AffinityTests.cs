using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Supervision;

/// <summary>Loops bound to processors.</summary>
public sealed class AffinityTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Loops_run_where_they_are_bound_to_and_anywhere_otherwise()
    {
        var allowed = Processors.Allowed();
        Assert.Equal(Environment.ProcessorCount, allowed.Count);
        Assert.All(await ProcessorsOf("off"), list => Assert.Equal(allowed, list));
        Assert.All(await ProcessorsOf($"{allowed[^1]}"), list => Assert.Equal([allowed[^1]], list));
        var spread = await ProcessorsOf("auto");
        Assert.All(spread, list => Assert.Single(list));
        Assert.Equal(Math.Min(2, allowed.Count), spread.Select(list => list[0]).Distinct().Count());
    }

    /// <summary>The processors that the threads of two loops may run on.</summary>
    private static async Task<int[][]> ProcessorsOf(string affinity)
    {
        using var system = BackendFixture.Start("auto", $"io-actors {{ loops = 2, loop-dispatcher.affinity = {affinity} }}");
        var lists = system.IoActors().Loops
            .Select(loop => system.ActorOf(Props.Create<Reporter>().OnLoop(loop)).Ask<int[]>("where", Deadline));
        var processors = await Task.WhenAll(lists);
        await system.Terminate().WaitAsync(Deadline);
        return processors;
    }

    private sealed class Reporter : ReceiveActor
    {
        public Reporter() => ReceiveAny(_ =>
        {
            // What a loop starts, its pool's threads for one, is not bound with it.
            IReadOnlyList<int> elsewhere = [];
            var thread = new Thread(() => elsewhere = Processors.OfThisThread());
            thread.Start();
            thread.Join();
            Assert.Equal(Processors.Allowed(), elsewhere);
            Sender.Tell(Processors.OfThisThread().ToArray());
        });
    }
}

using System;
using System.CommandLine;
using System.Threading;
using System.Threading.Tasks;

namespace Akka.IoActors.Service.Soak;

/// <summary>
/// <c>ioactors soak</c>: load on files, pipes and sockets, with cancellations, timeouts, resets and a failure of the
/// backend every few seconds, for as long as one likes. Everything is checked: bytes, replies, descriptors, memory.
/// </summary>
internal static class SoakCommand
{
    internal static Command Create()
    {
        var minutes = new Argument<double>("minutes")
        {
            Description = "How long, in minutes",
            DefaultValueFactory = _ => 10,
        };
        minutes.Validators.Add(result =>
        {
            if (result.GetValue(minutes) is not (> 0 and <= 100_000))
            {
                result.AddError("minutes must be more than 0 and at most 100000");
            }
        });
        var seed = new Option<int>("--seed")
        {
            Description = "Decides what is done when, as far as the machine lets it",
            DefaultValueFactory = _ => Environment.TickCount & 0xffff,
        };
        var backend = ServiceHost.BackendOption();
        var loops = new Option<int>("--loops") { Description = "How many event loops", DefaultValueFactory = _ => 1 };
        loops.Validators.Add(result =>
        {
            if (result.GetValue(loops) is not (>= 1 and <= 64))
            {
                result.AddError("--loops must be from 1 to 64");
            }
        });
        var command = new Command("soak", "Runs load and failures for minutes or months, and checks every byte and every reply.")
        {
            minutes, seed, backend, loops,
        };
        command.SetAction((parsed, cancellation) => ServiceHost.Run(
            "soak",
            parsed.GetValue(backend)!,
            host => Run(host, TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(seed), cancellation),
            $"""
            io-actors.loops = {parsed.GetValue(loops)}
            io-actors.restart.max-restarts = 1000000
            io-actors.restart.within = 24h
            io-actors.restart.reset-after = 1s
            akka.loglevel = ERROR
            """));
        return command;
    }

    private static async Task<int> Run(
        ServiceHost host, TimeSpan time, int seed, CancellationToken cancellation)
    {
        Console.WriteLine($"soak: {time} on {(await host.Io.Client.GetInfoAsync(cancellation)).Backend}, --seed {seed}");
        var run = new SoakRun(host, seed);
        var problem = await run.Run(time, cancellation);
        Console.WriteLine(
            $"soak: {(problem is null ? "OK" : "FAILED")} {run.Summary}{(problem is null ? "" : $" problem=\"{problem}\"")}");
        return problem is null ? 0 : 1;
    }
}

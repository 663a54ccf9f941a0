using System;
using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace Akka.IoActors.Tests.Simulation;

/// <summary>
/// Runs of a simulation, each from a seed: IOACTORS_SIMULATION_SEED is that of the first, IOACTORS_SIMULATIONS how many.
/// With the seed that a failure prints, the run that failed is the first one.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Steps = 1500;

    [Fact]
    public void The_laws_hold_whatever_fails_whenever()
    {
        var first = Setting("IOACTORS_SIMULATION_SEED", 1);
        var count = Setting("IOACTORS_SIMULATIONS", 300);
        long operations = 0, faults = 0, restarts = 0, cancels = 0, timeouts = 0, rejected = 0, late = 0, abandoned = 0;
        for (var seed = first; seed < first + count; seed++)
        {
            using var simulation = new Simulation(seed);
            try
            {
                simulation.Run(Steps);
            }
            catch (LawBroken e)
            {
                Assert.Fail($"{e.Message}. IOACTORS_SIMULATION_SEED={seed} makes it happen again.");
            }

            var totals = simulation.Totals;
            operations += totals.Operations;
            faults += totals.Faults;
            restarts += totals.Restarts;
            cancels += totals.Cancels;
            timeouts += totals.Timeouts;
            rejected += totals.Rejected;
            late += totals.Late;
            abandoned += totals.Abandoned;
        }

        output.WriteLine(FormattableString.Invariant(
            $"{count} runs, {operations} operations, {faults} faults, {restarts} restarts, {cancels} cancels, {timeouts} timeouts, {rejected} rejected, {late} late, {abandoned} abandoned"));
        Assert.True(Math.Min(faults, Math.Min(restarts, Math.Min(timeouts, Math.Min(late, rejected)))) > 0 || count < 10);
    }

    private static int Setting(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}

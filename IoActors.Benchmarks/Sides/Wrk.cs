using System;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>What one run of wrk has measured.</summary>
/// <param name="Requests">Requests answered.</param>
/// <param name="PerSecond">Requests a second.</param>
/// <param name="P50Micros">The median latency in µs.</param>
/// <param name="P99Micros">The latency that 99 % stay below, in µs.</param>
internal sealed partial record Wrk(long Requests, double PerSecond, double P50Micros, double P99Micros)
{
    /// <summary>Loads a server with keep-alive connections, by one thread. A request that fails in any way fails the measurement.</summary>
    /// <param name="url">What to ask for.</param>
    /// <param name="connections">How many connections, each with one request at a time.</param>
    /// <param name="time">How long; whole seconds, rounded up.</param>
    internal static async Task<Wrk> Run(string url, int connections, TimeSpan time)
    {
        using var process = Process.Start(new ProcessStartInfo("wrk",
        [
            "-t1", FormattableString.Invariant($"-c{connections}"), FormattableString.Invariant($"-d{Math.Ceiling(time.TotalSeconds)}s"),
            "--timeout", "20s", "--latency", url,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0 || output.Contains("Socket errors", StringComparison.Ordinal) || output.Contains("Non-2xx", StringComparison.Ordinal))
        {
            throw new BenchmarkException($"wrk {url}: {output} {await errors}");
        }

        return new Wrk(
            long.Parse(Total().Match(output).Groups[1].Value, CultureInfo.InvariantCulture),
            double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture),
            Micros(P50().Match(output)),
            Micros(P99().Match(output)));
    }

    private static double Micros(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * match.Groups[2].Value switch
    {
        "us" => 1,
        "ms" => 1e3,
        "s" => 1e6,
        "m" => 60e6,
        var unit => throw new BenchmarkException($"wrk: the unit {unit} is not known."),
    };

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Total();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"50%\s+([\d.]+)([a-z]+)")]
    private static partial Regex P50();

    [GeneratedRegex(@"99%\s+([\d.]+)([a-z]+)")]
    private static partial Regex P99();
}

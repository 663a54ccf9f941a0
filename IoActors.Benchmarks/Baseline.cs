using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Akka.IoActors.Benchmarks;

/// <summary>
/// The ratios of a former run, <c>baseline.json</c>: never absolute times, so that another machine, or a slow hour of
/// this one, says as much. A row whose peer is missing has fallen to 0: it could not be checked.
/// </summary>
internal static class Baseline
{
    /// <summary>A ratio may fall by this much before it is called a regression.</summary>
    private const double Tolerance = 0.20;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Names what fell.</summary>
    /// <returns>A sentence for each row that fell; none if all is well.</returns>
    internal static IReadOnlyList<string> Check(string path, IReadOnlyList<RowResult> results)
    {
        var before = JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(path))!;
        return
        [
            .. from result in results
               where before.ContainsKey(result.Row.Name)
               let was = before[result.Row.Name]
               let now = result.Ratio ?? 0
               where now < was * (1 - Tolerance)
               select FormattableString.Invariant($"{result.Row.Name} fell from {was:0.00} to {now:0.00}, by {1 - now / was:0 %}"),
        ];
    }

    internal static void Write(string path, IReadOnlyList<RowResult> results) => File.WriteAllText(
        path,
        JsonSerializer.Serialize(
            results.Where(r => r.Ratio is not null).ToDictionary(r => r.Row.Name, r => Math.Round(r.Ratio!.Value, 2)), Indented)
        + "\n");
}

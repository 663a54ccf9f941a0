using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Akka.IoActors.Service.Top;

/// <summary>What the meter of a process told in one interval.</summary>
internal sealed class Sample
{
    private readonly Dictionary<string, double> _sums = [];
    private readonly Dictionary<string, KindRow> _kinds = [];

    /// <summary>The operations, by kind, the most frequent first.</summary>
    internal IReadOnlyList<KindRow> Kinds => [.. _kinds.Values.OrderByDescending(row => row.PerSecond).ThenBy(row => row.Kind, StringComparer.Ordinal)];

    /// <summary>Whether anything was told.</summary>
    internal bool IsEmpty => _sums.Count == 0;

    /// <summary>A counter's rate a second, or a gauge's value, over all loops.</summary>
    internal double this[string instrument] => _sums.GetValueOrDefault(instrument);

    /// <summary>Takes a value of one series in.</summary>
    internal void Add(string instrument, double value) => _sums[instrument] = this[instrument] + value;

    /// <summary>Takes a series of the histogram in: so many operations a second, with these quantiles, in seconds.</summary>
    internal void AddDuration(string kind, string? error, double perSecond, string quantiles)
    {
        if (!_kinds.TryGetValue(kind, out var row))
        {
            _kinds[kind] = row = new KindRow(kind);
        }

        row.PerSecond += perSecond;
        row.FailedPerSecond += error is null ? 0 : perSecond;
        foreach (var pair in quantiles.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var (quantile, value) = (pair[..pair.IndexOf('=', StringComparison.Ordinal)], pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            var seconds = double.Parse(value, CultureInfo.InvariantCulture);

            // Series differ in backend and error: the worst of them stands for all.
            row.P50 = quantile == "0.5" ? Math.Max(row.P50, seconds) : row.P50;
            row.P99 = quantile == "0.99" ? Math.Max(row.P99, seconds) : row.P99;
        }
    }
}

/// <summary>The operations of one kind in one interval.</summary>
internal sealed class KindRow(string kind)
{
    /// <summary>The kind.</summary>
    public string Kind { get; } = kind;

    /// <summary>Operations a second.</summary>
    public double PerSecond { get; set; }

    /// <summary>Of those, answered by an errno.</summary>
    public double FailedPerSecond { get; set; }

    /// <summary>The median of the durations, in seconds.</summary>
    public double P50 { get; set; }

    /// <summary>The 99th percentile, in seconds.</summary>
    public double P99 { get; set; }
}

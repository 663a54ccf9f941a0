using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Akka.IoActors.Benchmarks;

/// <summary>
/// One side of a row, as it is handed to the process that measures it: a kind and its parameters, written
/// <c>kind,key=value,…</c>.
/// </summary>
internal sealed class SideSpec
{
    private readonly Dictionary<string, string> _parameters;

    /// <param name="label">What tables and plots call it.</param>
    /// <param name="text">The kind and its parameters.</param>
    /// <param name="environment">Environment variables of its process, as <c>NAME=VALUE</c>.</param>
    internal SideSpec(string label, string text, params string[] environment)
    {
        Label = label;
        Text = text;
        Environment = environment;
        var parts = text.Split(',');
        Kind = parts[0];
        _parameters = parts.Skip(1).Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
    }

    internal string Label { get; }

    internal string Kind { get; }

    internal string Text { get; }

    internal IReadOnlyList<string> Environment { get; }

    internal int Number(string key, int otherwise = 1) =>
        _parameters.TryGetValue(key, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    internal string Get(string key, string otherwise = "") => _parameters.GetValueOrDefault(key, otherwise);

    internal bool Is(string key) => Number(key, 0) != 0;

    /// <summary>The same with another parameter.</summary>
    internal SideSpec With(string key, string value, string? label = null)
    {
        var others = _parameters.Where(p => p.Key != key).Select(p => $",{p.Key}={p.Value}");
        return new SideSpec(label ?? Label, $"{Kind}{string.Concat(others)},{key}={value}", [.. Environment]);
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>All fault scenarios, which share one report.</summary>
[CollectionDefinition(Name)]
public sealed class FaultCollection : ICollectionFixture<FaultReport>
{
    /// <summary>The name.</summary>
    public const string Name = "faults";
}

/// <summary>
/// The outcomes of the fault scenarios of a run. At its end they stand in <c>artifacts/faults.md</c>; a run of all of
/// them with IOACTORS_WRITE_DOCS=1 writes <c>docs/faults.md</c>.
/// </summary>
public sealed partial class FaultReport : IDisposable
{
    private static readonly string[] Backends = ["io-uring", "epoll", "thread-pool"];

    private readonly SortedDictionary<int, (string Name, Dictionary<string, string> Outcomes)> _rows = [];

    /// <summary>
    /// Has .NET open what it opens once for all, before anything is counted: its own epoll, the console.
    /// </summary>
    public FaultReport()
    {
        Console.Out.WriteLine("fault scenarios");
        Console.Error.Flush();
        foreach (var backend in Backends)
        {
            using var service = new FaultService(backend, "");
            service.Connect(service.Listener()).GetAwaiter().GetResult();
            service.MustBeWhole().GetAwaiter().GetResult();
        }
    }

    /// <summary>Takes an outcome down.</summary>
    internal void Add(string test, string backend, string outcome)
    {
        var match = TestName().Match(test);
        var number = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        if (!_rows.TryGetValue(number, out var row))
        {
            _rows.Add(number, row = (match.Groups[2].Value.Replace('_', ' '), []));
        }

        row.Outcomes[backend] = row.Outcomes.GetValueOrDefault(backend) == "FAILED" ? "FAILED" : outcome;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "IoActors.sln")))
        {
            root = Path.GetDirectoryName(root) ?? throw new DirectoryNotFoundException("IoActors.sln");
        }

        Directory.CreateDirectory(Path.Combine(root, "artifacts"));
        File.WriteAllText(Path.Combine(root, "artifacts", "faults.md"), Render());
        if (Environment.GetEnvironmentVariable("IOACTORS_WRITE_DOCS") == "1" && _rows.Count >= 50)
        {
            File.WriteAllText(Path.Combine(root, "docs", "faults.md"), Render());
        }
    }

    /// <summary>The scenarios that there are tests for.</summary>
    internal static IReadOnlySet<int> Numbers => typeof(FaultReport).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods())
        .Select(method => TestName().Match(method.Name))
        .Where(match => match.Success)
        .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
        .ToHashSet();

    private string Render()
    {
        var text = new StringBuilder(
            """
            # Faults that are provoked, and survived

            Written by the run of the tests themselves (`IOACTORS_WRITE_DOCS=1 ./build.sh test Fault`). A scenario has survived on a
            backend if each operation was answered once, nothing is pinned or in flight afterwards, as many descriptors are open
            as before, and the backend serves a file and a socket again. A dash: the scenario does not concern the backend.

            | | scenario | io-uring | epoll | thread-pool |
            | --- | --- | --- | --- | --- |

            """);
        foreach (var (number, (name, outcomes)) in _rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {number} | {name} |");
            foreach (var backend in Backends)
            {
                text.Append(CultureInfo.InvariantCulture, $" {outcomes.GetValueOrDefault(backend, "–")} |");
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    [GeneratedRegex(@"^Fault_(\d\d)_(.*)$")]
    private static partial Regex TestName();
}

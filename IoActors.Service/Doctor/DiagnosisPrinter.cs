using System;
using System.Collections.Generic;
using System.Linq;
using Spectre.Console;

namespace Akka.IoActors.Service.Doctor;

/// <summary>Prints a diagnosis for people: tables on a terminal, aligned lines elsewhere.</summary>
internal static class DiagnosisPrinter
{
    internal static void Print(Diagnosis diagnosis)
    {
        Section("This machine", new Dictionary<string, string>
        {
            ["kernel"] = diagnosis.Kernel,
            ["cores"] = FormattableString.Invariant($"{diagnosis.Cores}"),
            ["backend that auto picks"] = diagnosis.Backend,
            ["why"] = diagnosis.Reason,
            ["kernel.io_uring_disabled"] = diagnosis.IoUringDisabledSysctl,
            ["seccomp"] = diagnosis.Seccomp,
            ["features in use"] = string.Join(", ", diagnosis.Features),
        });
        Section("Limits of the process", diagnosis.SystemLimits);
        Section(
            "Limits of the configuration",
            diagnosis.Limits.ToDictionary(limit => limit.Key, limit => FormattableString.Invariant($"{limit.Value}")));
        Section("Operations", diagnosis.Paths);
        Section(
            "What would improve it",
            diagnosis.Advice.Count == 0
                ? new Dictionary<string, string> { ["nothing"] = "that this program knows of" }
                : diagnosis.Advice.Select((text, i) => (text, i)).ToDictionary(
                    advice => FormattableString.Invariant($"{advice.i + 1}"), advice => advice.text));
    }

    private static void Section(string title, IReadOnlyDictionary<string, string> rows)
    {
        if (Console.IsOutputRedirected)
        {
            Console.WriteLine($"{title}:");
            var width = rows.Keys.Max(key => key.Length);
            foreach (var (key, value) in rows)
            {
                Console.WriteLine($"  {key.PadRight(width)}  {value}");
            }

            return;
        }

        var table = new Table().Border(TableBorder.Rounded).Title($"[bold]{Markup.Escape(title)}[/]").HideHeaders()
            .AddColumn("").AddColumn("");
        foreach (var (key, value) in rows)
        {
            table.AddRow(Markup.Escape(key), Markup.Escape(value));
        }

        AnsiConsole.Write(table);
    }
}

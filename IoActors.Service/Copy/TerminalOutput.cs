using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Native;
using Spectre.Console;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// For a terminal: a bar with bytes, files, rate and the time that is left, and the lines of the report above
/// it. It goes away at the end.
/// </summary>
internal sealed class TerminalOutput(IAnsiConsole console, Action<string>? error) : ICopyOutput
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public async Task RunAsync(CopyReport report, FilePath source, Func<Task> work)
    {
        // Written through the console, a line does not tear the bar; one for elsewhere goes there.
        report.LineWritten = error ?? (line => console.WriteLine(line));
        using var stop = new CancellationTokenSource();
        var size = Task.Run(() => SizeOf(source, stop.Token), CancellationToken.None);
        await console.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new DownloadedColumn(),
                new TransferSpeedColumn(),
                new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("0 files");
                bar.IsIndeterminate = true;
                var working = work();
                while (!working.IsCompleted)
                {
                    Show(bar, report, size);
                    await Task.WhenAny(working, Task.Delay(Period)).ConfigureAwait(false);
                }

                await working.ConfigureAwait(false);
            })
            .ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await size.ConfigureAwait(false);
    }

    private static void Show(ProgressTask bar, CopyReport report, Task<long> size)
    {
        bar.Description = FormattableString.Invariant($"{report.Files} files");
        if (size.IsCompletedSuccessfully)
        {
            bar.IsIndeterminate = false;

            // The source may be growing.
            bar.MaxValue = Math.Max(Math.Max(1, size.Result), report.Transferred);
        }
        else
        {
            bar.MaxValue = Math.Max(1, report.Transferred);
        }

        bar.Value = report.Transferred;
    }

    /// <summary>Adds up the sizes of all files: without it nobody can say how much is left.</summary>
    private static long SizeOf(FilePath source, CancellationToken cancellation)
    {
        var size = 0L;
        using var walker = new TreeWalker(source);
        while (!cancellation.IsCancellationRequested && walker.Next() is { } entry)
        {
            if (entry.Kind == EntryKind.File
                && Sys.Stat(entry.Path.Terminated, follow: false, out var statx) >= 0)
            {
                size += (long)statx.Size;
            }
        }

        return size;
    }
}

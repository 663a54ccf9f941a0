using System;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Akka.IoActors.Service.Copy;

/// <summary>For files, pipes and logs: a line now and then.</summary>
internal sealed class PlainOutput(TextWriter output, TextWriter error) : ICopyOutput
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task RunAsync(CopyReport report, FilePath source, Func<Task> work)
    {
        var errors = TextWriter.Synchronized(error);
        report.LineWritten = errors.WriteLine;
        var start = Stopwatch.GetTimestamp();
        var working = work();
        while (!working.IsCompleted)
        {
            var due = Task.Delay(Period);
            if (await Task.WhenAny(working, due).ConfigureAwait(false) == due)
            {
                var rate = report.Transferred / Stopwatch.GetElapsedTime(start).TotalSeconds / (1024 * 1024);
                await output.WriteLineAsync(FormattableString.Invariant(
                    $"cp: {report.Files} files, {report.Transferred} bytes so far, {rate:f1} MiB/s"))
                    .ConfigureAwait(false);
            }
        }

        await working.ConfigureAwait(false);
    }
}

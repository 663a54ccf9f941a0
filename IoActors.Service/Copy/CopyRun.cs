using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.IoActors.Service.Copy;

/// <summary>One run of the command: from the start of a backend to the summary line.</summary>
internal sealed class CopyRun(CopyOptions options, ICopyOutput output, TextWriter summary, TextWriter error)
{
    /// <summary>Everything has been copied.</summary>
    internal const int Success = 0;

    /// <summary>Something has not been copied; its path has been told.</summary>
    internal const int Failure = 1;

    /// <summary>There is no such backend, here at least.</summary>
    internal const int Refused = 2;

    /// <summary>The user has interrupted the copy.</summary>
    internal const int Interrupted = 130;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    private readonly CopyReport _report = new();
    private bool _interrupted;

    /// <summary>Copies.</summary>
    /// <param name="source">What, as the user wrote it.</param>
    /// <param name="destination">Where to, as the user wrote it.</param>
    /// <param name="backend">A value of <c>io-actors.backend</c>.</param>
    /// <param name="cancellation">The user's interrupt.</param>
    /// <returns>The exit code.</returns>
    internal async Task<int> RunAsync(
        string source, string destination, string backend, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        ActorSystem? system = null;
        try
        {
            system = StartSystem(backend);
            var client = IoActors.Get(system).Client;
            await CopyAsync(client, source, destination, cancellation).ConfigureAwait(false);
            await SummarizeAsync(client, Stopwatch.GetElapsedTime(start)).ConfigureAwait(false);
        }
        catch (ConfigurationException e)
        {
            await error.WriteLineAsync($"cp: {e.Message}").ConfigureAwait(false);
            return Refused;
        }
        finally
        {
            if (system is not null)
            {
                await system.Terminate().WaitAsync(StopTimeout, CancellationToken.None).ConfigureAwait(false);
            }
        }

        return _interrupted ? Interrupted : _report.Failed > 0 ? Failure : Success;
    }

    /// <summary>
    /// An actor system that says nothing on the terminal: what matters to the user is in the replies.
    /// </summary>
    private static ActorSystem StartSystem(string backend)
    {
        if (!backend.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new ConfigurationException($"'{backend}' is not the name of a backend.");
        }

        return ActorSystem.Create(
            "ioactors-cp",
            ConfigurationFactory.ParseString(
                $$"""
                io-actors.backend = "{{backend}}"
                akka.loglevel = OFF
                akka.stdout-loglevel = OFF
                akka.log-dead-letters = off
                akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
                """));
    }

    private async Task CopyAsync(
        IoClient client, string source, string destination, CancellationToken cancellation)
    {
        var from = new FilePath(source);
        var attributes = new Attributes(_report);
        using var buffers = new CopyBuffers(options.Jobs * FileTransfer.ChunksInFlight);
        var files = new FileCopier(new FileChannel(client), buffers, options, _report, attributes);
        var tree = new TreeCopier(options, files, _report, attributes);
        await output.RunAsync(_report, from, CopyTreeAsync).ConfigureAwait(false);

        async Task CopyTreeAsync()
        {
            try
            {
                var target = CopyTarget.Resolve(from, new FilePath(destination));
                await tree.CopyAsync(from, target, cancellation).ConfigureAwait(false);
            }
            catch (CopyException e)
            {
                _report.Fail(from, e);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                _interrupted = true;
                _report.Write($"cp: interrupted: {_report.Interrupted} unfinished files are removed");
            }
        }
    }

    private async Task SummarizeAsync(IoClient client, TimeSpan time)
    {
        var verdict = _interrupted || _report.Failed > 0 ? "FAILED" : "OK";
        var info = (await client.SubmitAsync(new GetInfo(), CancellationToken.None).ConfigureAwait(false)) is
            { IsSuccess: true } reply ? reply.Info : null;
        await summary.WriteLineAsync(FormattableString.Invariant(
            $"cp: {verdict} files={_report.Files} directories={_report.Directories} symlinks={_report.Links} ")
            + FormattableString.Invariant(
            $"bytes={_report.Bytes} shared={_report.Shared} verified={_report.Verified} failed={_report.Failed} ")
            + FormattableString.Invariant(
            $"seconds={time.TotalSeconds:f3} backend={info?.Backend ?? "none"} ")
            + FormattableString.Invariant(
            $"operations={info?.Counters.Submitted ?? 0} enters={info?.Counters.Enters ?? 0}"))
            .ConfigureAwait(false);
    }
}

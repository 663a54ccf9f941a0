using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Service.Nodes;
using Spectre.Console;

namespace Akka.IoActors.Service.Copy;

/// <summary>The command line of <c>ioactors cp</c>.</summary>
internal static class CopyCommand
{
    private const string BackendVariable = "IOACTORS_BACKEND";

    private const string Help =
        """
        Copies a file or a whole tree through backend messages, like cp -a: permissions, times, symbolic links,
        holes, and for root owners are kept. If DST is a directory, the copy stands in it under the name of SRC.
        A copy has its final name only when it is whole and on the device (--sync each), and then replaces what had it.
        Where the file system can share blocks between files (Btrfs, XFS), a copy shares those of its source.
        Hard links become separate files; extended attributes and ACLs are not kept. FIFOs, sockets and devices are
        reported and not copied. One of the two may be on a node that exports it (ioactors node), as io://HOST:PORT/ROOT/PATH: then
        contents and permissions of files are copied, and links are reported. Each path that could not be copied is one line on the error output. Exit code:
        0 all copied, 1 something was not, 2 no such backend, 130 interrupted.
        """;

    /// <summary>Makes the command.</summary>
    internal static Command Create()
    {
        var source = PathArgument("SRC", "The file or directory to copy.");
        var destination = PathArgument("DST", "The copy, or an existing directory to put it in.");
        var verify = new Option<bool>("--verify") { Description = "Read source and copy again and compare them." };
        var direct = new Option<bool>("--direct") { Description = "Copy past the page cache (O_DIRECT)." };
        var backend = new Option<string>("--backend")
        {
            Description = $"The backend, as io-actors.backend takes it; {BackendVariable} gives the default.",
            DefaultValueFactory = _ =>
                Environment.GetEnvironmentVariable(BackendVariable) is { Length: > 0 } value ? value : "auto",
        };
        var jobs = JobsOption();
        var sync = ChoiceOption(
            "--sync",
            SyncPolicy.Each,
            "When copies are brought to the device: each before it gets its name, all at the end, or none, as with cp");
        var reflink = ChoiceOption(
            "--reflink",
            ReflinkPolicy.Auto,
            "Whether copies share the blocks of their sources: auto where the file system can, always, which fails elsewhere, or never");
        var command = new Command("cp", Help) { source, destination, verify, backend, jobs, direct, sync, reflink };

        // Not an asynchronous action: those are given up when the user's interrupt takes its time.
        command.SetAction(parsed => Run(
            parsed.InvocationConfiguration,
            parsed.GetRequiredValue(source),
            parsed.GetRequiredValue(destination),
            parsed.GetRequiredValue(backend),
            new CopyOptions(
                parsed.GetValue(verify),
                parsed.GetValue(jobs),
                parsed.GetValue(direct),
                parsed.GetValue(sync),
                parsed.GetValue(reflink))));
        return command;
    }

    private static Argument<string> PathArgument(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is "")
            {
                result.AddError($"{name} is empty.");
            }
        });
        return argument;
    }

    private static Option<int> JobsOption()
    {
        var jobs = new Option<int>("--jobs")
        {
            Description = $"How many files are copied at the same time, 1 to {CopyOptions.MostJobs}.",
            DefaultValueFactory = _ => CopyOptions.DefaultJobs,
        };
        jobs.Validators.Add(result =>
        {
            // What is no number at all is the parser's to refuse.
            if (result.Tokens.Count == 1
                && int.TryParse(result.Tokens[0].Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)
                && value is < 1 or > CopyOptions.MostJobs)
            {
                result.AddError($"--jobs must be 1 to {CopyOptions.MostJobs}.");
            }
        });
        return jobs;
    }

    private static Option<T> ChoiceOption<T>(string name, T otherwise, string description)
        where T : struct, Enum
    {
        var names = string.Join(", ", Enum.GetNames<T>().Select(text => text.ToLowerInvariant()));
        return new Option<T>(name)
        {
            Description = FormattableString.Invariant($"{description}."),
            HelpName = names.Replace(", ", "|", StringComparison.Ordinal),
            DefaultValueFactory = _ => otherwise,
            CustomParser = result =>
            {
                if (result.Tokens is [{ Value: var text }] && Enum.TryParse<T>(text, ignoreCase: true, out var value)
                    && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]))
                {
                    return value;
                }

                result.AddError($"{name} must be one of {names}.");
                return default;
            },
        };
    }

    private static int Run(
        InvocationConfiguration streams, string source, string destination, string backend, CopyOptions options)
    {
        using var interrupt = new CancellationTokenSource();
        var signals = new List<PosixSignalRegistration>();
        try
        {
            foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            {
                signals.Add(PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    interrupt.Cancel();
                }));
            }

            if (RemoteUrl.IsMeant(source) || RemoteUrl.IsMeant(destination))
            {
                return Task.Run(() => RemoteCopyRun.Run(streams, source, destination, backend, options, interrupt.Token)).GetAwaiter().GetResult();
            }

            var run = new CopyRun(options, OutputOn(streams), streams.Output, streams.Error);
            return Task.Run(() => run.RunAsync(source, destination, backend, interrupt.Token)).GetAwaiter().GetResult();
        }
        finally
        {
            signals.ForEach(signal => signal.Dispose());
        }
    }

    /// <summary>
    /// A bar where somebody looks at it: on the error output if that is a terminal too, so that it and the
    /// failures do not tear each other.
    /// </summary>
    private static ICopyOutput OutputOn(InvocationConfiguration streams)
    {
        if (streams.Output != Console.Out || Console.IsOutputRedirected)
        {
            return new PlainOutput(streams.Output, streams.Error);
        }

        var elsewhere = Console.IsErrorRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(elsewhere ? streams.Output : streams.Error),
        });
        return new TerminalOutput(console, elsewhere ? TextWriter.Synchronized(streams.Error).WriteLine : null);
    }
}

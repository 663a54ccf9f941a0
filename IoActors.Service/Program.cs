using System;
using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Service.Copy;
using Akka.IoActors.Service.Doctor;
using Akka.IoActors.Service.Echo;
using Akka.IoActors.Service.Serve;
using Akka.IoActors.Service.Soak;
using Akka.IoActors.Service.Top;
using Akka.IoActors.Service.Tour;
using Serilog;
using Serilog.Events;

namespace Akka.IoActors.Service;

/// <summary>The program <c>ioactors</c>.</summary>
internal static class Program
{
    /// <summary>The exit code of a command that Ctrl-C has ended: 128 and the signal's number.</summary>
    private const int Interrupted = 130;

    /// <summary>How long a command may take to end in order.</summary>
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(ServeCommand.MostDrainSeconds + 30);

    private static async Task<int> Main(string[] arguments)
    {
        // To standard error: what a command prints can then be read by another program.
        Log.Logger = new LoggerConfiguration()
            .MinimumLevel.Debug()
            .WriteTo.Console(
                standardErrorFromLevel: LogEventLevel.Verbose,
                outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {ActorPath} {Message:lj}{NewLine}{Exception}",
                formatProvider: System.Globalization.CultureInfo.InvariantCulture)
            .CreateLogger();
        try
        {
            // A plain command: a RootCommand would call itself by the name of the assembly.
            var root = new Command(
                "ioactors", "io_uring for Akka.NET: see it work, copy files with it, find out what a machine allows.")
            {
                TourCommand.Create(),
                CopyCommand.Create(),
                DoctorCommand.Create(),
                SoakCommand.Create(),
                EchoCommand.Create(),
                ServeCommand.Create(),
                TopCommand.Create(),
            };
            root.Options.Add(new HelpOption { Recursive = true });
            root.Options.Add(new VersionOption());
            var parsed = root.Parse(arguments);
            if (parsed.Errors.Count > 0)
            {
                await Console.Error.WriteLineAsync($"ioactors: {parsed.Errors[^1].Message} (ioactors --help says more)");
                return ServiceHost.BadUsage;
            }

            // The first Ctrl-C asks: a command takes the time that it needs to end in order. The second insists.
            var interrupts = 0;
            using var insisting = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ =>
            {
                if (Interlocked.Increment(ref interrupts) > 1)
                {
                    Environment.Exit(Interrupted);
                }
            });
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = s_longestEnd });
        }
        finally
        {
            await Log.CloseAndFlushAsync();
        }
    }
}

using System;
using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Service.Copy;
using Akka.IoActors.Service.Doctor;
using Akka.IoActors.Service.Echo;
using Akka.IoActors.Service.Nodes;
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
    // Exit codes of a command that a signal has ended: 128 and its number.
    private const int Interrupted = 130;
    private const int Terminated = 143;

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
                NodeCommand.Create(),
                ListCommand.Create(),
                ClusterDemoCommand.Create(),
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

            // The first signal asks: a command takes the time that it needs to end in order. The second insists.
            using var cancellation = new CancellationTokenSource();
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, cancellation.Token);

            void End(PosixSignalContext context)
            {
                context.Cancel = true;
                if (cancellation.IsCancellationRequested)
                {
                    Environment.Exit(context.Signal == PosixSignal.SIGINT ? Interrupted : Terminated);
                }

                cancellation.Cancel();
            }
        }
        finally
        {
            await Log.CloseAndFlushAsync();
        }
    }
}

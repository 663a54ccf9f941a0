using System;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Akka.IoActors.Service.Tour;

/// <summary>
/// <c>ioactors tour</c>: everything once, on a temporary folder and on loopback, a failure included.
/// </summary>
internal static class TourCommand
{
    internal static Command Create()
    {
        var backend = ServiceHost.BackendOption();
        var command = new Command("tour", "Shows files, sockets and a failure on this machine, and checks every byte and every reply.")
        {
            backend,
        };
        command.SetAction((parsed, _) => ServiceHost.Run("tour", parsed.GetValue(backend)!, Run));
        return command;
    }

    private static async Task<int> Run(ServiceHost host)
    {
        var folder = Directory.CreateTempSubdirectory("ioactors-tour-").FullName;
        var ledger = new Ledger(host.Io);
        var start = Stopwatch.GetTimestamp();
        try
        {
            ITourStep[] steps = [new AskStep(), new TellStep(), new EchoStep(), new FailureStep()];
            for (var i = 0; i < steps.Length; i++)
            {
                Console.WriteLine($"{i + 1}. {steps[i].Title}");
                Console.WriteLine($"   {await steps[i].Run(host, ledger, folder).WaitAsync(Ledger.Deadline)}");
            }

            // Its own question is not counted in the answer.
            var info = (await ledger.Submit(new GetInfo())).Info;
            var lost = ledger.Submitted - ledger.Replied;
            Check.That(lost == 0, $"{lost} operations were not answered");
            Check.That(ledger.Doubled == 0, $"{ledger.Doubled} operations were answered twice");
            Check.That(
                info.Counters.Submitted == info.Counters.Replied && info.Counters.Submitted == ledger.Submitted - 1,
                $"the backend counts {info.Counters.Submitted} operations and {info.Counters.Replied} replies, the tour {ledger.Submitted - 1}");
            Check.That(info.Counters.PinnedBuffers == 0, $"{info.Counters.PinnedBuffers} buffers are still pinned");
            Console.WriteLine($"   all in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
            Console.WriteLine(
                $"tour: OK backend={info.Backend} operations={ledger.Submitted} replies={ledger.Replied} "
                + $"lost={lost} restarts={info.Counters.Restarts}");
            return 0;
        }
        catch (Exception e) when (e is CheckFailedException or IoException or TimeoutException)
        {
            Console.WriteLine($"tour: FAILED {e.Message}");
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>A part of the tour.</summary>
internal interface ITourStep
{
    /// <summary>What it shows.</summary>
    string Title { get; }

    /// <summary>Shows it.</summary>
    /// <returns>What was seen, in one line.</returns>
    Task<string> Run(ServiceHost host, Ledger ledger, string folder);
}

using System;
using System.CommandLine;
using System.Threading.Tasks;

namespace Akka.IoActors.Service.Doctor;

/// <summary><c>ioactors doctor</c>: what this machine allows, and what would improve it.</summary>
internal static class DoctorCommand
{
    internal static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "print one JSON document instead of text" };
        var command = new Command("doctor", "Says what this machine allows, which backend auto picks and why, and what would improve it.")
        {
            json,
        };
        command.SetAction((parsed, _) => Examine(parsed.GetValue(json)));
        return command;
    }

    private static Task<int> Examine(bool json) => ServiceHost.Run("doctor", "auto", async host =>
    {
        var diagnosis = Diagnosis.Of(await host.Io.Client.GetInfoAsync());
        if (json)
        {
            Console.WriteLine(diagnosis.ToJson());
        }
        else
        {
            DiagnosisPrinter.Print(diagnosis);
        }

        return 0;
    }, "akka.loglevel = ERROR");
}

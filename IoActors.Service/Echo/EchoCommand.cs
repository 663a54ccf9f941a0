using System;
using System.CommandLine;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;

namespace Akka.IoActors.Service.Echo;

/// <summary>
/// <c>ioactors echo</c>: an echo server of Akka.IO's protocol, to be tried with any client; on the I/O service, or, with
/// <c>--akka-io</c>, on Akka.IO itself.
/// </summary>
internal static class EchoCommand
{
    internal static Command Create()
    {
        var endPoint = new Argument<IPEndPoint>("endpoint")
        {
            Description = "Where to listen: 127.0.0.1:7000, [::]:7000; port 0 for any",
            CustomParser = result =>
            {
                if (IPEndPoint.TryParse(result.Tokens[0].Value, out var parsed))
                {
                    return parsed;
                }

                result.AddError($"'{result.Tokens[0].Value}' is no address with a port, such as 127.0.0.1:7000");
                return null;
            },
        };
        var akkaIo = new Option<bool>("--akka-io") { Description = "Run the same program on Akka.IO" };
        var backend = ServiceHost.BackendOption();
        var command = new Command("echo", "Gives every TCP connection back what it sends, until it is interrupted.") { endPoint, akkaIo, backend };
        command.SetAction((parsed, cancellation) => ServiceHost.Run(
            "echo",
            parsed.GetValue(backend)!,
            host => Run(host, parsed.GetValue(endPoint)!, parsed.GetValue(akkaIo), cancellation)));
        return command;
    }

    private static async Task<int> Run(ServiceHost host, IPEndPoint endPoint, bool akkaIo, CancellationToken cancellation)
    {
        var tcp = akkaIo ? host.System.Tcp() : host.System.IoTcp();
        var inbox = Inbox.Create(host.System);
        host.System.ActorOf(Props.Create(() => new EchoServer(tcp, endPoint, inbox.Receiver)));
        switch (await inbox.ReceiveAsync(TimeSpan.FromSeconds(10)))
        {
            case Tcp.Bound bound:
                var on = akkaIo ? "Akka.IO" : (await host.Io.Client.GetInfoAsync(cancellation)).Backend;
                Console.WriteLine($"echo: {bound.LocalAddress} on {on}");
                break;
            case Tcp.CommandFailed failed:
                await Console.Error.WriteLineAsync($"echo: {endPoint}: {(failed.Cause.HasValue ? failed.Cause.Value.Message : "refused")}");
                return 1;
            default:
                await Console.Error.WriteLineAsync($"echo: {endPoint}: no answer");
                return 1;
        }

        try
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Interrupted: that is how it ends.
        }

        return 0;
    }
}

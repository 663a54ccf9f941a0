using System;
using System.CommandLine;
using System.Net;
using Akka.IoActors.AspNetCore;

namespace Akka.IoActors.Service.Serve;

/// <summary>
/// <c>ioactors serve</c>: the files of a directory over HTTP, by Kestrel on the I/O service, with metrics, health checks and a status page.
/// </summary>
internal static class ServeCommand
{
    internal static Command Create()
    {
        var directory = new Argument<string>("directory") { Description = "Whose files are served; nothing outside of it is, whatever path or link leads there" };
        var port = Number("--port", "Where to listen; 0 for any free port", 8080, 0, 65535);
        var address = new Option<IPAddress>("--address")
        {
            Description = "The address to listen on: 0.0.0.0 or :: for every one (default: 127.0.0.1)",
            DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = result =>
            {
                if (IPAddress.TryParse(result.Tokens[0].Value, out var parsed))
                {
                    return parsed;
                }

                result.AddError($"'{result.Tokens[0].Value}' is no IP address");
                return null;
            },
        };
        var tls = new Option<bool>("--tls") { Description = "HTTPS, with a certificate that is made at the start unless --certificate names one" };
        var certificate = new Option<string?>("--certificate") { Description = "A PEM file with the certificate and its chain" };
        var key = new Option<string?>("--key") { Description = "A PEM file with its key, unless that is in the same file" };
        var scheduling = new Option<IoScheduling>("--scheduling")
        {
            Description = "Where requests run: thread-pool, or loop",
            DefaultValueFactory = _ => IoScheduling.ThreadPool,
            CustomParser = result =>
            {
                switch (result.Tokens[0].Value)
                {
                    case "loop":
                        return IoScheduling.Loop;
                    case "thread-pool":
                        return IoScheduling.ThreadPool;
                    case var other:
                        result.AddError($"--scheduling is loop or thread-pool, not '{other}'");
                        return default;
                }
            },
        };
        var connections = Number("--max-connections", "Connections at the same time; 0 for no limit", 0, 0, int.MaxValue);
        var drain = Number("--drain", "Seconds that requests may take to finish after Ctrl-C", 30, 0, 86_400);
        var chaos = new Option<bool>("--chaos") { Description = "Lets the status page kill rings, to be seen coming back" };
        var loops = new Option<int?>("--loops") { Description = "How many event loops (default: as io-actors.loops has it)" };
        loops.Validators.Add(result =>
        {
            if (result.GetValue(loops) is not (null or (>= 1 and <= 64)))
            {
                result.AddError("--loops must be from 1 to 64");
            }
        });
        var backend = ServiceHost.BackendOption();
        var command = new Command("serve", "Serves the files of a directory over HTTP, with /status, /metrics and /health, until it is interrupted.")
        {
            directory, port, address, tls, certificate, key, scheduling, connections, drain, chaos, loops, backend,
        };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(tls) && (result.GetValue(certificate) is not null || result.GetValue(key) is not null))
            {
                result.AddError("--certificate and --key need --tls");
            }
            else if (result.GetValue(key) is not null && result.GetValue(certificate) is null)
            {
                result.AddError("--key needs --certificate");
            }
        });
        command.SetAction((parsed, cancellation) => ServiceHost.Run(
            "serve",
            parsed.GetValue(backend)!,
            host => WebService.Run(
                host,
                new ServeOptions(
                    parsed.GetValue(directory)!,
                    parsed.GetValue(address)!,
                    parsed.GetValue(port),
                    parsed.GetValue(tls),
                    parsed.GetValue(certificate),
                    parsed.GetValue(key),
                    parsed.GetValue(scheduling),
                    parsed.GetValue(connections),
                    TimeSpan.FromSeconds(parsed.GetValue(drain)),
                    parsed.GetValue(chaos)),
                cancellation),
            FormattableString.Invariant(
                $"""
                {(parsed.GetValue(loops) is { } count ? $"io-actors.loops = {count}" : "")}
                {(parsed.GetValue(chaos) ? "io-actors.restart { max-restarts = 1000000, within = 24h, reset-after = 1s }" : "")}
                """)));
        return command;
    }

    private static Option<int> Number(string name, string description, int otherwise, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            if (result.GetValue(option) is var value && (value < least || value > most))
            {
                result.AddError(FormattableString.Invariant($"{name} must be from {least} to {most}"));
            }
        });
        return option;
    }
}

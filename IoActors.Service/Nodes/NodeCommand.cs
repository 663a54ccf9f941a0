using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Clustering;

namespace Akka.IoActors.Service.Nodes;

/// <summary><c>ioactors node</c>: a node of a cluster that exports directories.</summary>
internal static class NodeCommand
{
    private const string Help =
        """
        Exports directories to the nodes of a cluster, and to this program on other machines (ioactors cp, ioactors ls), until it is
        interrupted. A root is read-only unless it is said to be writable. Whoever can connect may use it: on anything but a trusted
        network have it listen on 127.0.0.1, or give Akka.Remote certificates (docs/cluster.md). Exit code: 0 stopped, 2 bad usage.
        """;

    private static readonly string[] s_flags = ["writable", "sharded"];
    private static readonly string[] s_numbers = ["replicas", "quorum", "min-nodes"];

    internal static Command Create()
    {
        var roots = new Option<string[]>("--root")
        {
            Description = "NAME=DIR[,writable][,sharded][,replicas=N][,quorum=N][,min-nodes=N]: a directory, and how it is exported; more than once for more",
            AllowMultipleArgumentsPerToken = false,
        };
        var seeds = new Option<string[]>("--seed") { Description = "HOST:PORT of a node of the cluster to join; without it, this node is the first of one" };
        var address = new Option<string>("--address") { Description = "Where to listen, and what others call it", DefaultValueFactory = _ => "127.0.0.1" };
        var port = new Option<int>("--port") { Description = "The port; 0 for any", DefaultValueFactory = _ => 0 };
        var name = new Option<string>("--name") { Description = "What other nodes call this one (default: its address and port)", DefaultValueFactory = _ => "" };
        var lease = new Option<double>("--lease") { Description = "Seconds after which a side that is not heard of is given up", DefaultValueFactory = _ => 10 };
        var backend = ServiceHost.BackendOption();
        var command = new Command("node", Help) { roots, seeds, address, port, name, lease, backend };
        command.SetAction(async (parsed, cancellation) =>
        {
            var hocon = new List<string>();
            foreach (var root in parsed.GetValue(roots) ?? [])
            {
                if (!TryParse(root, out var text, out var error))
                {
                    await Console.Error.WriteLineAsync($"node: --root {root}: {error}");
                    return ServiceHost.BadUsage;
                }

                hocon.Add(text);
            }

            if (parsed.GetValue(lease) is < 0.5 or > 3600)
            {
                await Console.Error.WriteLineAsync("node: --lease must be 0.5 to 3600 seconds.");
                return ServiceHost.BadUsage;
            }

            var bad = (parsed.GetValue(seeds) ?? []).FirstOrDefault(seed => !RemoteUrl.TryParse($"io://{seed}/x", out _, out _));
            if (bad is not null)
            {
                await Console.Error.WriteLineAsync($"node: --seed {bad} is no HOST:PORT.");
                return ServiceHost.BadUsage;
            }

            var settings = string.Create(CultureInfo.InvariantCulture, $$"""
                {{NodeHost.Remote(parsed.GetValue(address)!, parsed.GetValue(port))}}
                akka {
                  actor.provider = cluster
                  cluster {
                    roles = [io]
                    gossip-interval = 200ms
                    leader-actions-interval = 200ms
                    downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                    split-brain-resolver { active-strategy = keep-majority, stable-after = 5s }
                  }
                }
                io-actors-cluster {
                  node-name = {{IoActorsClusterOptions.Quote(parsed.GetValue(name)!)}}
                  peers = anyone
                  lease = {{parsed.GetValue(lease) * 1000:0}}ms
                  {{string.Join('\n', hocon)}}
                }
                """);
            return await ServiceHost.Run(
                "node", parsed.GetValue(backend)!, host => Run(host, parsed.GetValue(seeds) ?? [], cancellation), settings);
        });
        return command;
    }

    private static async Task<int> Run(ServiceHost host, string[] seeds, CancellationToken cancellation)
    {
        var cluster = Akka.Cluster.Cluster.Get(host.System);
        var self = cluster.SelfAddress;
        IoCluster files;
        try
        {
            files = host.System.IoCluster();
        }
        catch (ConfigurationException e)
        {
            await Console.Error.WriteLineAsync($"node: {e.Message}");
            return ServiceHost.BadUsage;
        }

        try
        {
            var nodes = seeds.Select(seed => new Uri($"tcp://{seed}")).Select(seed => self.WithHost(seed.Host).WithPort(seed.Port)).ToList();
            await cluster.JoinSeedNodesAsync(nodes.Count > 0 ? nodes : [self], cancellation);
            var own = files.Nodes.FirstOrDefault(node => node.Address == self);
            var exports = own is null ? "nothing" : string.Join(", ", own.Exports.Select(each =>
                $"{each.Name} ({(each.Writable ? "writable" : "read-only")}{(each.Sharded ? $", sharded, {each.Replicas} replicas, quorum {each.Quorum}" : "")})"));
            await Console.Out.WriteLineAsync(FormattableString.Invariant(
                $"node: {own?.Name ?? "it"} at {self.Host}:{self.Port} exports {exports}"));
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException)
        {
            // In order: the others are told that it goes, and move on at once.
            await CoordinatedShutdown.Get(host.System).Run(CoordinatedShutdown.ClrExitReason.Instance);
            await Console.Out.WriteLineAsync("node: stopped");
        }

        return 0;
    }

    /// <summary>An export as configuration.</summary>
    private static bool TryParse(string text, out string hocon, out string error)
    {
        (hocon, error) = ("", "");
        var parts = text.Split(',');
        if (parts[0].Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } directory])
        {
            error = "wanted is NAME=DIR.";
            return false;
        }

        var lines = new List<string> { $"path = {IoActorsClusterOptions.Quote(Path.GetFullPath(directory))}" };
        foreach (var option in parts[1..])
        {
            if (s_flags.Contains(option))
            {
                lines.Add($"{option} = on");
            }
            else if (option.Split('=') is [var key, var value] && s_numbers.Contains(key) && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                lines.Add($"{key} = {value}");
            }
            else
            {
                error = $"there is no option '{option}': {string.Join(", ", s_flags)}, {string.Join("=N, ", s_numbers)}=N.";
                return false;
            }
        }

        hocon = $"roots.{IoActorsClusterOptions.Quote(name)} {{\n{string.Join('\n', lines)}\n}}";
        return true;
    }
}

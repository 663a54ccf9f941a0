using System;
using System.CommandLine;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Clustering;

namespace Akka.IoActors.Service.Nodes;

/// <summary><c>ioactors ls</c>: what a directory of another node has.</summary>
internal static class ListCommand
{
    internal static Command Create()
    {
        var url = new Argument<string>("URL") { Description = "io://HOST:PORT/ROOT/PATH; io://HOST:PORT for the roots of the nodes" };
        var details = new Option<bool>("-l") { Description = "Permissions, size and time of each" };
        var command = new Command("ls", "Lists a directory that a node exports (ioactors node), or the roots that it and its cluster export.") { url, details };
        command.SetAction((parsed, cancellation) => Run(parsed.GetValue(url)!, parsed.GetValue(details), cancellation));
        return command;
    }

    private static async Task<int> Run(string text, bool details, CancellationToken cancellation)
    {
        var roots = RemoteUrl.IsMeant(text) && !text[5..].Trim('/').Contains('/', StringComparison.Ordinal);
        if (!RemoteUrl.TryParse(roots ? $"{text.TrimEnd('/')}/." : text, out var url, out var error))
        {
            await Console.Error.WriteLineAsync($"ls: {error.Replace("/.'", "'", StringComparison.Ordinal)}");
            return ServiceHost.BadUsage;
        }

        return await ServiceHost.Run(
            "ls",
            "thread-pool",
            host => roots ? ListRoots(host.System.IoCluster(), url, cancellation) : List(host.System.IoCluster(), url, details, cancellation),
            NodeHost.Client(url.Node));
    }

    private static async Task<int> ListRoots(IoCluster cluster, RemoteUrl url, CancellationToken cancellation)
    {
        try
        {
            await cluster.Learn(url.Node, cancellation);
            foreach (var node in cluster.Nodes)
            {
                foreach (var each in node.Exports)
                {
                    var how = each.Sharded ? FormattableString.Invariant($"sharded {each.Replicas}/{each.Quorum}") : "-";
                    Console.WriteLine($"{node.Name}  {each.Name}  {(each.Writable ? "rw" : "ro")}  {how}");
                }
            }

            return 0;
        }
        catch (FileException e)
        {
            await Console.Error.WriteLineAsync($"ls: {e.Message}");
        }

        return 1;
    }

    private static async Task<int> List(IoCluster cluster, RemoteUrl url, bool details, CancellationToken cancellation)
    {
        try
        {
            await cluster.Learn(url.Node, cancellation);
            var status = (await cluster.Manager.Ask(new Roots.Stat(url.Root, url.Path) { Node = url.Node }, cancellation)).File;
            if (status.Type != FileType.Directory)
            {
                Print(details, status, url.Path[(url.Path.LastIndexOf('/') + 1)..]);
                return 0;
            }

            await foreach (var entry in cluster.ListAsync(url.Root, url.Path, url.Node, cancellation))
            {
                if (!details)
                {
                    Console.WriteLine(entry.Type == FileType.Directory ? entry.Name + "/" : entry.Name);
                    continue;
                }

                var child = await cluster.Manager.Ask(new Roots.Stat(url.Root, url.Child(entry.Name).Path) { Node = url.Node }, cancellation);
                Print(details, child.File, entry.Name);
            }

            return 0;
        }
        catch (Exception e) when (e is FileException || e.GetBaseException() is FileException)
        {
            await Console.Error.WriteLineAsync($"ls: {e.GetBaseException().Message}");
            return 1;
        }
    }

    private static void Print(bool details, FileStatus status, string name)
    {
        var type = status.Type switch { FileType.Directory => 'd', FileType.SymbolicLink => 'l', FileType.Regular => '-', _ => '?' };
        Console.WriteLine(details
            ? string.Create(CultureInfo.InvariantCulture, $"{type}{Convert.ToString((int)status.Mode, 8),4} {status.Size,14} {status.ModifyTime:yyyy-MM-dd HH:mm:ss} {name}")
            : name);
    }
}

using System;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Clustering;
using Akka.IoActors.Service.Copy;

namespace Akka.IoActors.Service.Nodes;

/// <summary><c>ioactors cp</c> where one of the two is on another node.</summary>
internal static class RemoteCopyRun
{
    internal static async Task<int> Run(
        InvocationConfiguration streams, string source, string destination, string backend, CopyOptions options, CancellationToken cancellation)
    {
        var up = RemoteUrl.IsMeant(destination);
        if (up && RemoteUrl.IsMeant(source))
        {
            await streams.Error.WriteLineAsync("cp: one of the two is to be a path of this machine.");
            return CopyRun.Refused;
        }

        if (options.Verify || options.Direct)
        {
            await streams.Error.WriteLineAsync("cp: --verify and --direct are for copies on this machine.");
            return CopyRun.Refused;
        }

        if (!RemoteUrl.TryParse(up ? destination : source, out var url, out var error))
        {
            await streams.Error.WriteLineAsync($"cp: {error}");
            return CopyRun.Refused;
        }

        if (up && !Path.Exists(source))
        {
            await streams.Error.WriteLineAsync($"cp: {source}: No such file or directory");
            return CopyRun.Failure;
        }

        return await ServiceHost.Run("cp", backend, host => Copy(streams, host, source, destination, up, url, options.Jobs, cancellation), NodeHost.Client(url.Node));
    }

    private static async Task<int> Copy(
        InvocationConfiguration streams, ServiceHost host, string source, string destination, bool up, RemoteUrl url, int jobs, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var errors = TextWriter.Synchronized(streams.Error);
        var cluster = host.System.IoCluster();
        using var copy = new RemoteCopy(cluster, host.Io.Client, jobs, errors.WriteLine);
        try
        {
            // Here a node that is not there is told once.
            await cluster.Learn(url.Node, cancellation);
            await (up ? copy.Upload(source, url, cancellation) : copy.Download(url, destination, cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await errors.WriteLineAsync("cp: interrupted");
            return CopyRun.Interrupted;
        }
        catch (FileException e)
        {
            await errors.WriteLineAsync($"cp: {e.Message}");
            return CopyRun.Failure;
        }

        var time = Stopwatch.GetElapsedTime(start);
        await streams.Output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"cp: {(copy.Failed == 0 ? "OK" : "FAILED")} files={copy.Files} directories={copy.Directories} bytes={copy.Bytes} failed={copy.Failed} again={copy.Again} operations={cluster.Ledger.Sent} seconds={time.TotalSeconds:0.0} MB/s={copy.Bytes / 1e6 / time.TotalSeconds:0}"));
        return copy.Failed == 0 ? CopyRun.Success : CopyRun.Failure;
    }
}

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.IoActors.Clustering;
using Xunit;

namespace Akka.IoActors.Tests.Clustering;

/// <summary><c>ioactors node</c>, <c>ls</c>, <c>cp io://…</c> and <c>cluster-demo</c>, run as a user runs them.</summary>
public sealed partial class NodeProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nodes").FullName;
    private readonly List<Process> _processes = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Trees_go_to_a_node_and_come_back()
    {
        var root = Directory.CreateDirectory(Path.Combine(_folder, "root")).FullName;
        var tree = Directory.CreateDirectory(Path.Combine(_folder, "tree")).FullName;
        Directory.CreateDirectory(Path.Combine(tree, "a", "empty"));
        var random = new Random(1);
        foreach (var (name, size) in new[] { ("none", 0), ("a/small", 10), ("a/large ä", 3_000_001) })
        {
            var bytes = new byte[size];
            random.NextBytes(bytes);
            await File.WriteAllBytesAsync(Path.Combine(tree, name), bytes);
        }

        File.SetUnixFileMode(Path.Combine(tree, "a/small"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var (node, address) = await StartNode("--root", $"data={root},writable", "--root", $"pub={tree}");
        Assert.Equal(
            ($"cp: OK files=3 directories=3 bytes=3000011 failed=0 again=0 ", ""), Shorten(await Run("cp", tree, $"io://{address}/data/copy")));
        Assert.Equal(0, await Diff(tree, Path.Combine(root, "copy")));

        // Into a directory that is there; a single file; and back.
        Assert.Equal(0, (await Run("cp", tree, $"io://{address}/data/copy")).Code);
        Assert.Equal(0, await Diff(tree, Path.Combine(root, "copy", "tree")));
        Assert.Equal(0, (await Run("cp", Path.Combine(tree, "a/small"), $"io://{address}/data/one")).Code);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(tree, "a/small")), await File.ReadAllBytesAsync(Path.Combine(root, "one")));
        var back = Path.Combine(_folder, "back");
        Assert.Equal(0, (await Run("cp", $"io://{address}/pub", back)).Code);
        Assert.Equal(0, await Diff(tree, back));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(back, "a/small")));
        Assert.Equal((0, "a/\nnone", ""), Sort(await Run("ls", $"io://{address}/pub")));
        Assert.Matches(@"^-644 +0 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d none$", (await Run("ls", "-l", $"io://{address}/pub/none")).Output.Replace("- 644", "-644", StringComparison.Ordinal));
        Assert.Equal((0, $"{address}  data  rw  -\n{address}  pub  ro  -", ""), Sort(await Run("ls", $"io://{address}")));

        // Mistakes: a sentence, and a code that is not 0.
        File.CreateSymbolicLink(Path.Combine(tree, "link"), "none");
        var linked = await Run("cp", tree, $"io://{address}/data/linked");
        Assert.Equal((1, $"cp: {tree}/link: a symbolic link is not copied to another node"), (linked.Code, linked.Errors));
        Assert.Contains("FAILED files=3", linked.Output, StringComparison.Ordinal);
        Assert.Equal(
            (1, $"cp: io://{address}/data/no: Stat of data/no: ENOENT (No such file or directory), on {address}"), Failure(await Run("cp", $"io://{address}/data/no", back)));
        Assert.Equal((1, "ls: Stat of no/: ENOENT (no node exports a root no)"), Failure(await Run("ls", $"io://{address}/no/")));
        Assert.Equal((1, $"cp: {_folder}/no: No such file or directory"), Failure(await Run("cp", Path.Combine(_folder, "no"), $"io://{address}/data")));
        var readOnly = await Run("cp", Path.Combine(tree, "none"), $"io://{address}/pub/x");
        Assert.Equal((1, $"cp: {tree}/none: Open of pub/x.part: EROFS (Read-only file system), on {address}"), Failure(readOnly));
        Assert.Equal((2, "cp: 'io://nowhere/x' is no io://HOST:PORT/ROOT/PATH."), Failure(await Run("cp", tree, "io://nowhere/x")));
        Assert.Equal((2, "cp: one of the two is to be a path of this machine."), Failure(await Run("cp", $"io://{address}/data", $"io://{address}/data/x")));

        using (var kill = Process.Start("kill", ["-TERM", node.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        Assert.Equal("node: stopped", await node.StandardOutput.ReadLineAsync().WaitAsync(ClusterNode.Deadline));
        await node.WaitForExitAsync().WaitAsync(ClusterNode.Deadline);
        Assert.Equal(0, node.ExitCode);
        Assert.Equal((1, $"ls: Describe: ETIMEDOUT ({address} has not answered within 00:00:05)"), Failure(await Run("ls", $"io://{address}/data")));
    }

    [Theory]
    [InlineData("node: --root data: wanted is NAME=DIR.", "--root", "data")]
    [InlineData("node: --root data=/tmp,rw: there is no option 'rw': writable, sharded, replicas=N, quorum=N, min-nodes=N.", "--root", "data=/tmp,rw")]
    [InlineData("node: io-actors-cluster.roots.data.path = /none: wanted is a directory.", "--root", "data=/none")]
    [InlineData("node: io-actors-cluster.roots.data: replicas and min-nodes are for a root that is sharded.", "--root", "data=/tmp,replicas=2")]
    [InlineData("node: --seed here is no HOST:PORT.", "--seed", "here")]
    [InlineData("node: --lease must be 0.5 to 3600 seconds.", "--lease", "0.1")]
    public async Task A_mistake_is_one_sentence(string error, params string[] arguments) =>
        Assert.Equal((2, error), Failure(await Run(["node", .. arguments])));

    [Fact]
    public async Task The_demo_loses_nothing()
    {
        var (code, output, _) = await Run("cluster-demo", "--size", "24", "--folder", _folder);
        var lines = output.Split('\n');
        var last = Last().Match(lines[^1]);
        Assert.True(code == 0 && last.Success, output);
        Assert.Contains("cluster-demo: diff -r: clean", lines);
        Assert.Equal(int.Parse(last.Groups[1].Value, CultureInfo.InvariantCulture), lines.Count(line => line.StartsWith("cluster-demo: failed: ", StringComparison.Ordinal)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [SkippableFact]
    public async Task A_node_in_another_network_is_cut_off_and_comes_back()
    {
        // A network of its own for the node, and a cable that is pulled.
        var name = FormattableString.Invariant($"ioa{Environment.ProcessId}");
        var why = await MakeNetwork(name);
        Skip.IfNot(why is null, $"no network namespace can be made here: {why}");
        using var here = ActorSystem.Create("ioactors", ConfigurationFactory.ParseString($$"""
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = 10.213.71.1, port = 0 }
            akka.remote.retry-gate-closed-for = 200ms
            io-actors-cluster { lease = 1s, request-timeout = 1s }
            """));
        try
        {
            var kit = new TestKit.Xunit2.TestKit(here);
            var node = Start(
                "ip", "netns", "exec", name, Program, "node", "--address", "10.213.71.2", "--root", $"data={_folder},writable", "--lease", "1");
            var line = await node.StandardOutput.ReadLineAsync().WaitAsync(ClusterNode.Deadline);
            var address = line!.Split(" at ")[1].Split(' ')[0];
            var manager = here.IoCluster().Manager;
            var open = new Roots.Open("data", "log", OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append, owner: ActorRefs.Nobody) { Node = address };
            var file = (await manager.Ask(open)).File;

            // A key that could have been used before the node started, as far as clocks are known, is not believed.
            await kit.AwaitConditionAsync(
                async () =>
                {
                    try
                    {
                        return (await file.Ask(new Files.Append(ByteString.FromString("first\n")) { Key = Files.Append.NewKey() })).Position == 0;
                    }
                    catch (FileException stale) when (stale.Error == Errno.ESTALE)
                    {
                        return false;
                    }
                },
                ClusterNode.Deadline);
            Assert.Equal(1, OpenIn(node));

            kit.Watch(file);
            await Ip("link", "set", name, "down");
            var key = Files.Append.NewKey();
            var e = await Assert.ThrowsAsync<FileException>(
                () => file.Ask(new Files.Append(ByteString.FromString("second\n")) { Key = key }).WaitAsync(ClusterNode.Deadline));
            Assert.Equal((Errno.ETIMEDOUT, true), (e.Error, e.Failure.OutcomeUnknown));
            await kit.ExpectTerminatedAsync(file, ClusterNode.Deadline);

            // The node closes the file for itself: nobody can tell it.
            await kit.AwaitConditionAsync(() => Task.FromResult(OpenIn(node) == 0), ClusterNode.Deadline);
            Assert.Equal("first\n", await File.ReadAllTextAsync(Path.Combine(_folder, "log")));

            await Ip("link", "set", name, "up");
            await kit.AwaitConditionAsync(
                async () =>
                {
                    try
                    {
                        file = (await manager.Ask(open)).File;
                        return true;
                    }
                    catch (FileException failed) when (failed.Error is Errno.ETIMEDOUT or Errno.EHOSTUNREACH)
                    {
                        return false;
                    }
                },
                TimeSpan.FromSeconds(60));
            var again = new Files.Append(ByteString.FromString("second\n")) { Key = key };
            Assert.Equal(6, (await file.Ask(again)).Position);
            Assert.Equal(6, (await file.Ask(again)).Position);
            Assert.Equal("first\nsecond\n", await File.ReadAllTextAsync(Path.Combine(_folder, "log")));
            await file.Ask(new Files.Close());
        }
        finally
        {
            await here.Terminate();
            await Ip("netns", "del", name);
        }
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "IoActors.Service");

    [GeneratedRegex("^cluster-demo: OK nodes=3 killed=1 operations=[0-9]+ failed=([0-9]+) lost=0$")]
    private static partial Regex Last();

    /// <summary>Two ends of a cable: one here, one in a namespace.</summary>
    /// <returns>Why it cannot be made; null if it is.</returns>
    private static async Task<string?> MakeNetwork(string name)
    {
        if (!File.Exists("/usr/sbin/ip") && !File.Exists("/sbin/ip") && !File.Exists("/bin/ip"))
        {
            return "ip(8) is not installed (Debian package iproute2)";
        }

        string[][] commands =
        [
            ["netns", "add", name],
            ["link", "add", name, "type", "veth", "peer", "name", "peer0", "netns", name],
            ["addr", "add", "10.213.71.1/30", "dev", name],
            ["link", "set", name, "up"],
            ["-n", name, "addr", "add", "10.213.71.2/30", "dev", "peer0"],
            ["-n", name, "link", "set", "peer0", "up"],
            ["-n", name, "link", "set", "lo", "up"],
        ];
        foreach (var command in commands)
        {
            if (await Ip(command) is { } error)
            {
                // What was made so far is not left behind.
                await Ip("netns", "del", name);
                return $"ip {string.Join(' ', command)}: {error}";
            }
        }

        return null;
    }

    private static async Task<string?> Ip(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync().WaitAsync(ClusterNode.Deadline);
        await process.WaitForExitAsync().WaitAsync(ClusterNode.Deadline);
        return process.ExitCode == 0 ? null : error.Trim();
    }

    /// <summary>How often a node has the log open.</summary>
    private int OpenIn(Process node) => Directory.GetFiles($"/proc/{node.Id}/fd").Count(fd =>
    {
        try
        {
            return File.ResolveLinkTarget(fd, returnFinalTarget: false)?.FullName == Path.Combine(_folder, "log");
        }
        catch (IOException)
        {
            return false;
        }
    });

    private async Task<(Process Node, string Address)> StartNode(params string[] arguments)
    {
        var node = Start(Program, ["node", .. arguments]);
        var line = await node.StandardOutput.ReadLineAsync().WaitAsync(ClusterNode.Deadline);
        return (node, line!.Split(" at ")[1].Split(' ')[0]);
    }

    private Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        _processes.Add(process);
        return process;
    }

    private static async Task<(int Code, string Output, string Errors)> Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(100));
        await process.WaitForExitAsync().WaitAsync(ClusterNode.Deadline);
        return (process.ExitCode, output.Trim(), (await errors).Trim());
    }

    private static async Task<int> Diff(string one, string other)
    {
        using var diff = Process.Start("diff", ["-r", one, other]);
        await diff.WaitForExitAsync().WaitAsync(ClusterNode.Deadline);
        return diff.ExitCode;
    }

    private static (string Output, string Errors) Shorten((int Code, string Output, string Errors) run) =>
        (run.Output[..run.Output.IndexOf("operations=", StringComparison.Ordinal)], run.Errors);

    private static (int Code, string Output, string Errors) Sort((int Code, string Output, string Errors) run) =>
        (run.Code, string.Join('\n', run.Output.Split('\n').Order(StringComparer.Ordinal)), run.Errors);

    private static (int Code, string Errors) Failure((int Code, string Output, string Errors) run) => (run.Code, run.Errors);
}

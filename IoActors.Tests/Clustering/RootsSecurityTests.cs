using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.IoActors.Clustering;
using Akka.IoActors.Clustering.Export;
using Akka.IoActors.Clustering.Handles;
using Akka.IoActors.Tests.Support;
using Akka.Serialization;
using Akka.Streams;
using Akka.Streams.Dsl;
using Xunit;

namespace Akka.IoActors.Tests.Clustering;

/// <summary>What other nodes must not do, and what is theirs at the most.</summary>
public sealed class RootsSecurityTests
{
    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task No_path_leads_out_of_a_root(string backend)
    {
        using var nodes = await Nodes.Start(backend, 1);
        var there = nodes[0];
        var outside = Directory.CreateTempSubdirectory("outside").FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "secret"), "secret");
        Directory.CreateDirectory(there.PathOf("d"));
        File.CreateSymbolicLink(there.PathOf("out"), outside);
        File.CreateSymbolicLink(there.PathOf("d/up"), "../..");
        File.CreateSymbolicLink(there.PathOf("self"), "/proc/self/cwd");
        var name = Path.GetFileName(outside);
        foreach (var path in new[] { $"../{name}/secret", $"d/../../{name}/secret", "out/secret", $"d/up/{name}/secret", "self/x" })
        {
            foreach (var flags in new[] { OpenFlags.ReadOnly, OpenFlags.WriteOnly | OpenFlags.Truncate, OpenFlags.WriteOnly | OpenFlags.Create })
            {
                Assert.Contains(await nodes.ErrorOf(new Roots.Open("data", path, flags, owner: ActorRefs.Nobody)), new[] { Errno.EXDEV, Errno.ELOOP });
            }

            var refused = new[] { Errno.EXDEV, Errno.ELOOP };
            Assert.Contains(await nodes.ErrorOf(new Roots.Stat("data", path)), refused);
            Assert.Contains(await nodes.ErrorOf(new Roots.Unlink("data", path)), refused);
            Assert.Contains(await nodes.ErrorOf(new Roots.Rename("data", path, "mine")), refused);
            Assert.Contains(await nodes.ErrorOf(new Roots.MkDir("data", path)), refused);
            Assert.Contains(await nodes.ErrorOf(new Roots.RmDir("data", path)), refused);
            Assert.Contains(await nodes.ErrorOf(new Roots.ReadBody("data", path)), refused);
            Assert.Contains(await nodes.ErrorOf(new Roots.List("data", RootPath.Split(path).Directory)), refused);
        }

        // The last name of a path is one in its directory, and no way elsewhere.
        Assert.Equal(Errno.EINVAL, await nodes.ErrorOf(new Roots.Unlink("data", "..")));
        Assert.Equal(Errno.EINVAL, await nodes.ErrorOf(new Roots.Stat("data", "d/..")));
        Assert.Throws<ArgumentException>(() => new Roots.Rename("data", "d", "../d"));
        Assert.Throws<ArgumentException>(() => new Roots.Stat("data", "a\0b"));
        Assert.Equal("secret", await File.ReadAllTextAsync(Path.Combine(outside, "secret")));
        Assert.Equal(["secret"], Directory.GetFileSystemEntries(outside).Select(Path.GetFileName));

        // "/" at the start is the root's own.
        Assert.Equal(FileType.SymbolicLink, (await nodes.Manager.Ask(new Roots.Stat("data", "/out"))).File.Type);
        Directory.Delete(outside, recursive: true);
    }

    [Fact]
    public async Task A_root_is_read_only_unless_said()
    {
        using var nodes = await Nodes.Start("epoll", 1, root: "");
        var there = nodes[0];
        await File.WriteAllTextAsync(there.PathOf("kept"), "kept");
        foreach (var flags in new[]
                 {
                     OpenFlags.WriteOnly, OpenFlags.ReadWrite, OpenFlags.ReadOnly | OpenFlags.Truncate, OpenFlags.ReadOnly | OpenFlags.Create,
                     OpenFlags.ReadOnly | OpenFlags.Append,
                 })
        {
            Assert.Equal(Errno.EROFS, await nodes.ErrorOf(new Roots.Open("data", "kept", flags, owner: ActorRefs.Nobody)));
        }

        Assert.Equal(Errno.EROFS, await nodes.ErrorOf(new Roots.Unlink("data", "kept")));
        Assert.Equal(Errno.EROFS, await nodes.ErrorOf(new Roots.Rename("data", "kept", "x")));
        Assert.Equal(Errno.EROFS, await nodes.ErrorOf(new Roots.MkDir("data", "x")));
        Assert.Equal(Errno.EROFS, await nodes.ErrorOf(new Roots.RmDir("data", "x")));
        Assert.Equal(Errno.EROFS, await nodes.ErrorOf(new Roots.WriteBody("data", "x")));
        var file = (await nodes.Manager.Ask(new Roots.Open("data", "kept", owner: ActorRefs.Nobody))).File;
        Assert.Equal("kept", (await file.Ask(new Files.Read(10))).Bytes.ToString());
        Assert.Equal(Errno.EBADF, (await Assert.ThrowsAsync<FileException>(() => file.Ask(new Files.Write(ByteString.FromString("x"))))).Error);
        Assert.Equal(Errno.EINVAL, (await Assert.ThrowsAsync<FileException>(() => file.Ask(new Files.FTruncate(0)))).Error);
        Assert.Equal(["kept"], Directory.GetFileSystemEntries(there.Folder).Select(Path.GetFileName));
        Assert.Equal("kept", await File.ReadAllTextAsync(there.PathOf("kept")));
    }

    [Fact]
    public async Task Only_regular_files_are_opened_in_plain_ways()
    {
        using var nodes = await Nodes.Start("io-uring", 1);
        var there = nodes[0];
        Assert.Equal(0, Fifo.Make(there.PathOf("fifo")));
        Assert.Equal(Errno.EACCES, await nodes.ErrorOf(new Roots.Open("data", "fifo", owner: ActorRefs.Nobody)));
        foreach (var flags in new[] { OpenFlags.PathOnly, OpenFlags.Directory, OpenFlags.Direct, OpenFlags.NonBlock, OpenFlags.TemporaryFile | OpenFlags.ReadWrite })
        {
            Assert.Equal(Errno.EINVAL, await nodes.ErrorOf(new Roots.Open("data", "x", flags, owner: ActorRefs.Nobody)));
        }

        var all = (UnixFileMode)0xfff;
        await nodes.Manager.Ask(new Roots.Open("data", "x", OpenFlags.WriteOnly | OpenFlags.Create, all, ActorRefs.Nobody));
        await nodes.Manager.Ask(new Roots.MkDir("data", "d", all));
        Assert.Equal(0, (int)File.GetUnixFileMode(there.PathOf("x")) & 0xe00);
        Assert.Equal(0, (int)File.GetUnixFileMode(there.PathOf("d")) & 0xe00);
    }

    [Fact]
    public async Task A_peer_has_its_quota_and_no_more()
    {
        using var nodes = await Nodes.Start("epoll", 1, more: "io-actors-cluster.quota { open = 3, in-flight = 8, bytes = 65536 }", plainClient: true);
        var there = nodes[0];
        there.Write("f", 200_000);
        var files = new List<IActorRef>();
        for (var i = 0; i < 3; i++)
        {
            files.Add((await nodes.Manager.Ask(new Roots.Open("data", "f", owner: ActorRefs.Nobody))).File);
        }

        Assert.Equal(Errno.EMFILE, await nodes.ErrorOf(new Roots.Open("data", "f", owner: ActorRefs.Nobody)));
        Assert.Equal(Errno.EMFILE, await nodes.ErrorOf(new Roots.List("data", "")));
        Assert.Equal(Errno.EMFILE, await nodes.ErrorOf(new Roots.ReadBody("data", "f")));

        // Another peer, the node itself, has its own.
        var own = (await there.Manager.Ask(new Roots.Open("data", "f", owner: ActorRefs.Nobody))).File;
        Assert.Equal(10, (await own.Ask(new Files.PRead(10, 0))).Bytes.Count);

        // The client has a larger quota configured than the node, which is the one that counts.
        Assert.Equal(Errno.EMSGSIZE, await ErrorOf(files[0], new Files.PRead(65537, 0)));
        var asked = Enumerable.Range(0, 40).Select(_ => files[0].Ask(new Files.PRead(40_000, 0))).ToList();
        var (done, refused) = (0, 0);
        foreach (var each in asked)
        {
            try
            {
                done += (await each.WaitAsync(ClusterNode.Deadline)).Bytes.Count / 40_000;
            }
            catch (FileException e)
            {
                Assert.Equal(Errno.EAGAIN, e.Error);
                refused++;
            }
        }

        Assert.Equal(40, done + refused);
        Assert.InRange(done, 1, 39);

        // All of it comes back.
        await files[0].Ask(new Files.Close());
        var again = (await nodes.Manager.Ask(new Roots.Open("data", "f", owner: ActorRefs.Nobody))).File;
        Assert.Equal(65536, (await again.Ask(new Files.PRead(65536, 0))).Bytes.Count);
        Assert.Equal(65536, (await again.Ask(new Files.PRead(65536, 0))).Bytes.Count);

        static async Task<Errno> ErrorOf<TEvent>(IActorRef file, Files.Command<TEvent> command)
            where TEvent : Files.Event => (await Assert.ThrowsAsync<FileException>(() => file.Ask(command))).Error;
    }

    [Theory]
    [InlineData("members", Errno.EACCES)]
    [InlineData("anyone", Errno.None)]
    public async Task Who_is_no_member_is_let_in_only_if_that_is_said(string peers, Errno expected)
    {
        using var nodes = await Nodes.Start("epoll", 1, more: $"io-actors-cluster.peers = {peers}");
        nodes[0].Write("f", 10);
        using var outsider = Outsider();
        var manager = outsider.IoCluster().Manager;
        var open = new Roots.Open("data", "f", owner: ActorRefs.Nobody) { Node = nodes[0].Name };
        if (expected == Errno.None)
        {
            var file = (await manager.Ask(open)).File;
            Assert.Equal(10, (await file.Ask(new Files.Read(100))).Bytes.Count);
        }
        else
        {
            // It is not even told what there is: nobody answers for it, but that it was asked.
            var exporter = await outsider.ActorSelection(new RootActorPath(nodes[0].Address) / "system" / Exporter.Name).ResolveOne(ClusterNode.Deadline);
            foreach (var request in new object[] { new Roots.Describe(), new Roots.Stat("data", "f"), new OpenFileRequest(open with { Node = null }, 1024) })
            {
                Assert.Equal(expected, (await exporter.Ask<Files.Failed>(request, ClusterNode.Deadline)).Error);
            }

            Assert.Equal(Errno.EHOSTUNREACH, (await Assert.ThrowsAsync<FileException>(() => manager.Ask(open))).Error);
        }

        // A manager is for its own node, whoever asks.
        var other = await outsider.ActorSelection(new RootActorPath(nodes[0].Address) / nodes[0].Manager.Path.Elements).ResolveOne(ClusterNode.Deadline);
        Assert.Equal(Errno.EACCES, (await other.Ask<Files.Failed>(new Roots.Stat("data", "f"), ClusterNode.Deadline)).Error);
    }

    [Fact]
    public async Task A_file_obeys_its_own_handle_alone()
    {
        using var nodes = await Nodes.Start("epoll", 1);
        var there = nodes[0];
        there.Write("f", 10);
        var file = (await nodes.Manager.Ask(new Roots.Open("data", "f", OpenFlags.ReadWrite, owner: ActorRefs.Nobody))).File;
        var thief = nodes[1].Probe();
        var gate = await nodes[1].System.ActorSelection(new RootActorPath(there.Address) / "system" / Exporter.Name / "$*").ResolveOne(ClusterNode.Deadline);
        gate.Tell(new Piece(1, 1, new Files.FTruncate(0), 0, ByteString.Empty, 0), thief.Ref);
        gate.Tell(new End("go away"), thief.Ref);
        gate.Tell(new Files.FTruncate(0), thief.Ref);
        gate.Tell(new Files.Data(ByteString.FromString("made up")), thief.Ref);

        // Nor the handle anybody but its file: from the other node, by its path.
        var handle = await there.System.ActorSelection(new RootActorPath(nodes[1].Address) / file.Path.Elements).ResolveOne(ClusterNode.Deadline);
        var other = there.Probe();
        handle.Tell(new Piece(1, 1, new Files.Data(ByteString.FromString("made up")), 0, ByteString.Empty, 0), other.Ref);
        handle.Tell(new End("go away"), other.Ref);
        handle.Tell(new FileOpenedReply(other.Ref, 1024, TimeSpan.FromSeconds(1)), other.Ref);
        handle.Tell(new Files.FTruncate(0), other.Ref);
        Assert.Equal(Errno.EACCES, (await other.ExpectMsgAsync<Files.Failed>(ClusterNode.Deadline)).Error);
        Assert.Equal(10, (await file.Ask(new Files.Read(100))).Bytes.Count);
        await thief.ExpectNoMsgAsync(TimeSpan.Zero);
        Assert.Equal(10, new FileInfo(there.PathOf("f")).Length);
    }

    [Fact]
    public async Task A_node_of_a_later_version_is_told_so()
    {
        using var nodes = await Nodes.Start("epoll", 1, more: "io-actors-cluster.peers = anyone");
        using var newer = Outsider("""
            akka.actor.serializers.newer = "Akka.IoActors.Tests.Clustering.RootsSecurityTests+NewerSerializer, IoActors.Tests"
            akka.actor.serialization-bindings { "Akka.IoActors.Tests.Clustering.RootsSecurityTests+NewerRequest, IoActors.Tests" = newer }
            """);
        FilesSerializer.Register(newer);
        var exporter = await newer.ActorSelection(new RootActorPath(nodes[0].Address) / "system" / Exporter.Name).ResolveOne(ClusterNode.Deadline);
        var failed = await exporter.Ask<Files.Failed>(new NewerRequest(), ClusterNode.Deadline);
        Assert.Equal(
            (Errno.EPROTONOSUPPORT, "Request: EPROTONOSUPPORT (this node knows no roots.request.v2: is the other node newer?)"), (failed.Error, failed.Message));
    }

    [Fact]
    public async Task A_node_that_exports_nothing_has_nobody_to_speak_to()
    {
        using var nodes = await Nodes.Start("epoll", 1);
        await Assert.ThrowsAsync<ActorNotFoundException>(
            () => nodes[0].System.ActorSelection(new RootActorPath(nodes[1].Address) / "system" / Exporter.Name).ResolveOne(TimeSpan.FromSeconds(1)));
        Assert.Equal(["data"], nodes[1].Io.Nodes.Single().Exports.Select(each => each.Name));
    }

    [Fact]
    public async Task The_configuration_of_the_page_works_with_certificates_and_without_trust()
    {
        // A certificate of our own, which nobody has signed: it is checked that there is one, not by whom.
        var path = Path.Combine(Directory.CreateTempSubdirectory("tls").FullName, "node.pfx");
        using (var certificate = Certificates.SelfSigned())
        {
            await File.WriteAllBytesAsync(path, certificate.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pfx, "secret"));
        }

        var page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "cluster.md"));
        var start = page.IndexOf("akka.remote.dot-netty.tcp {", StringComparison.Ordinal);
        var hocon = page[start..page.IndexOf("```", start, StringComparison.Ordinal)]
            .Replace("/etc/files/node.pfx", path, StringComparison.Ordinal)
            .Replace("${?FILES_CERTIFICATE_PASSWORD}", "secret", StringComparison.Ordinal)
            .Replace("suppress-validation = false", "suppress-validation = true", StringComparison.Ordinal);
        Assert.Contains("untrusted-mode = on", hocon, StringComparison.Ordinal);
        using var nodes = await Nodes.Start("epoll", 1, more: hocon);
        var bytes = nodes[0].Write("f", 300_000);
        var file = (await nodes.Manager.Ask(new Roots.Open("data", "f", owner: ActorRefs.Nobody)).WaitAsync(ClusterNode.Deadline)).File;
        Assert.Equal(bytes, (await file.Ask(new Files.PRead(300_000, 0)).WaitAsync(ClusterNode.Deadline)).Bytes.ToArray());

        // Not trusted: an actor that is not named cannot be found, and none can be stopped.
        var exporter = await nodes.Client.System.ActorSelection(new RootActorPath(nodes[0].Address) / "system" / Exporter.Name).ResolveOne(ClusterNode.Deadline);
        exporter.Tell(PoisonPill.Instance);
        await Assert.ThrowsAsync<ActorNotFoundException>(() => nodes.Client.System
            .ActorSelection(new RootActorPath(nodes[0].Address) / "system" / "io-actors").ResolveOne(TimeSpan.FromSeconds(1)));
        Assert.Equal(300_000, (await nodes.Manager.Ask(new Roots.Stat("data", "f"))).File.Size);

        // Without a certificate nobody gets in.
        using var outsider = Outsider("io-actors-cluster.peers = anyone");
        Assert.Equal(Errno.EHOSTUNREACH, (await Assert.ThrowsAsync<FileException>(
            () => outsider.IoCluster().Manager.Ask(new Roots.Stat("data", "f") { Node = nodes[0].Name }))).Error);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));

    private static ActorSystem Outsider(string more = "") => ActorSystem.Create("nodes", ConfigurationFactory.ParseString($$"""
        {{more}}
        io-actors-cluster.request-timeout = 1s
        akka.loglevel = OFF
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
        """));

    internal sealed record NewerRequest;

    internal sealed class NewerSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 7311;

        public override string Manifest(object o) => "roots.request.v2";

        public override byte[] ToBinary(object obj) => [];

        public override object FromBinary(byte[] bytes, string manifest) => throw new NotSupportedException();
    }
}

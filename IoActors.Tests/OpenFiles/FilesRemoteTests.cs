using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.IoActors.Tests.Support;
using Akka.TestKit.Xunit2;
using Xunit;

namespace Akka.IoActors.Tests.OpenFiles;

/// <summary>Files of another node, over Akka.Remote; this node has no loops, and only knows the messages.</summary>
public sealed class FilesRemoteTests : IDisposable
{
    private const string Remote = """
        akka.loglevel = OFF
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
        """;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("remote").FullName;
    private readonly ActorSystem _here = ActorSystem.Create("here", ConfigurationFactory.ParseString(Remote));

    public FilesRemoteTests() => FilesSerializer.Register(_here);

    public void Dispose()
    {
        Assert.True(_here.Terminate().Wait(s_deadline));
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task A_file_of_another_node_works_as_one_of_this(string backend)
    {
        using var there = new Node(backend);
        var manager = await there.ManagerFrom(_here);
        var kit = new TestKit.Xunit2.TestKit(_here);
        var owner = kit.CreateTestProbe();
        var path = Path.Combine(_folder, "log");
        var file = (await manager.Ask(
            new Files.Open(path, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Append, owner: owner.Ref), s_deadline)).File;
        var lines = Enumerable.Range(0, 500).Select(n => FormattableString.Invariant($"line {n} {new string('x', n)}")).ToList();
        var position = 0L;
        var appended = await Task.WhenAll(lines.Select(line => file.Ask(new Files.Append(ByteString.FromString(line + "\n")), s_deadline)));
        foreach (var (line, where) in lines.Zip(appended))
        {
            Assert.Equal((position, line.Length + 1), (where.Position, where.Count));
            position += line.Length + 1;
        }

        Assert.Equal(lines, await File.ReadAllLinesAsync(path));
        Assert.Equal(lines[0], (await file.Ask(new Files.PRead(lines[0].Length, 0), s_deadline)).Bytes.ToString());
        Assert.Equal(position, (await file.Ask(new Files.FStat(), s_deadline)).File.Size);

        var reader = (await file.Ask(new Files.ReadLines(), s_deadline)).Reader;
        var probe = kit.CreateTestProbe();
        reader.Tell(new Files.Demand(1000), probe.Ref);
        foreach (var line in lines)
        {
            Assert.Equal(line, (await probe.ExpectMsgAsync<Files.Line>(s_deadline)).Bytes.ToString());
        }

        Assert.Equal(position, (await probe.ExpectMsgAsync<Files.EndOfFile>(s_deadline)).Position);

        var e = await Assert.ThrowsAsync<FileException>(
            () => manager.Ask(new Files.Open(Path.Combine(_folder, "none"), owner: owner.Ref), s_deadline));
        Assert.Equal(Errno.ENOENT, e.Error);
        e = await Assert.ThrowsAsync<FileException>(() => manager.Ask(new Files.Open(path), s_deadline));
        Assert.Equal(Errno.EINVAL, e.Error);

        // The owner is on this node, the file on the other.
        kit.Watch(file);
        _here.Stop(owner.Ref);
        await kit.ExpectTerminatedAsync(file, s_deadline);
        e = await Assert.ThrowsAsync<FileException>(() => file.Ask(new Files.Read(1), s_deadline));
        Assert.Equal(Errno.EBADF, e.Error);
    }

    [Fact]
    public async Task Files_close_when_the_node_of_their_owner_goes()
    {
        using var there = new Node("io-uring", "akka.remote.watch-failure-detector { heartbeat-interval = 100ms, acceptable-heartbeat-pause = 2s }");
        using var third = ActorSystem.Create("third", ConfigurationFactory.ParseString(Remote));
        FilesSerializer.Register(third);
        var owner = new TestKit.Xunit2.TestKit(third).CreateTestProbe();
        var path = Path.Combine(_folder, "log");
        var file = (await (await there.ManagerFrom(third)).Ask(
            new Files.Open(path, OpenFlags.WriteOnly | OpenFlags.Create, owner: owner.Ref), s_deadline)).File;
        await file.Ask(new Files.Write(ByteString.FromString("abc")), s_deadline);
        var kit = new TestKit.Xunit2.TestKit(there.System);
        kit.Watch(await there.System.ActorSelection(file.Path.ToStringWithoutAddress()).ResolveOne(s_deadline));
        await third.Terminate().WaitAsync(s_deadline);
        await kit.ExpectMsgAsync<Terminated>(s_deadline);
        Assert.Equal("abc", await File.ReadAllTextAsync(path));
    }

    private sealed class Node : IDisposable
    {
        internal Node(string backend, string more = "")
        {
            System = BackendFixture.Start(backend, $"{Remote}\n{more}");
            _ = System.IoFiles();
        }

        internal ActorSystem System { get; }

        internal Task<IActorRef> ManagerFrom(ActorSystem other) => other
            .ActorSelection(new RootActorPath(((ExtendedActorSystem)System).Provider.DefaultAddress) / "system" / "io-actors-files")
            .ResolveOne(s_deadline);

        public void Dispose() => Assert.True(System.Terminate().Wait(s_deadline));
    }
}

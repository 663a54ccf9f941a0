using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.IoActors.Supervision;
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

    [Fact]
    public async Task Another_node_is_refused_unless_the_configuration_allows_it()
    {
        using var there = new Node("epoll", "io-actors.files.remote = off");
        var manager = await there.ManagerFrom(_here);
        var path = Path.Combine(_folder, "kept");
        await File.WriteAllTextAsync(path, "kept");
        foreach (var command in new Files.Command<Files.Opened>[]
                 {
                     new Files.Open(path, owner: ActorRefs.Nobody),
                     new Files.Open(path, OpenFlags.WriteOnly | OpenFlags.Truncate, owner: ActorRefs.Nobody),
                 })
        {
            var e = await Assert.ThrowsAsync<FileException>(() => manager.Ask(command, s_deadline));
            Assert.Equal(Errno.EACCES, e.Error);
            Assert.Equal($"Open of {path}: EACCES (it comes from another node, and io-actors.files.remote is off)", e.Message);
        }

        // A file that this node has opened for itself, and its reader: found by their paths.
        var file = (await there.System.IoFiles().Ask(new Files.Open(path, OpenFlags.ReadWrite, owner: ActorRefs.Nobody))).File;
        var reader = (await file.Ask(new Files.ReadLines())).Reader;
        foreach (var (actor, command) in new (IActorRef, Files.Command)[]
                 {
                     (file, new Files.PRead(4, 0)), (file, new Files.FTruncate(0)), (file, new Files.Close()),
                     (reader, new Files.Demand(1)), (reader, new Files.Close()),
                 })
        {
            var remote = await there.From(_here, actor);
            Assert.Equal(Errno.EACCES, (await remote.Ask<Files.Failed>(command, s_deadline)).Error);
        }

        Assert.Equal("kept", (await file.Ask(new Files.PRead(10, 0))).Bytes.ToString());
    }

    [Fact]
    public async Task Operations_of_another_node_are_never_carried_out()
    {
        // By Akka's default serializer, which makes whatever type the other side names.
        using var there = new Node("io-uring");
        var path = Path.Combine(_folder, "kept");
        await File.WriteAllTextAsync(path, "kept");
        var io = there.System.IoActors();
        var submitted = (await io.Client.GetInfoAsync()).Counters.Submitted;
        var file = (await io.Client.OpenAsync(path)).Handle;
        foreach (var message in new object[]
                 {
                     new Unlink(path), new Rename(path, path + "x"), new Akka.IoActors.Open(path), new Stop(TimeSpan.Zero), new Flush(),
                     new Close(file), new Own(ActorRefs.Nobody), new GetInfo(),
                 })
        {
            (await there.From(_here, io.Backend)).Tell(message, ActorRefs.Nobody);
            (await there.From(_here, io.Loops[0].Backend)).Tell(message, ActorRefs.Nobody);
        }

        (await there.From(_here, io.Supervisor)).Tell(new IoSupervisor.StopService(new Stop(TimeSpan.Zero)), ActorRefs.Nobody);
        (await there.From(_here, io.Supervisor)).Tell(new IoSupervisor.StopServing(TimeSpan.Zero), ActorRefs.Nobody);

        // Behind them on the same connection: when this is answered they have come.
        await (await there.From(_here, io.Backend)).Ask<ActorIdentity>(new Identify(1), s_deadline);
        await (await there.From(_here, io.Supervisor)).Ask<ActorIdentity>(new Identify(1), s_deadline);
        Assert.Equal("kept", await File.ReadAllTextAsync(path));
        Assert.Equal(IoHealth.Up, io.Health);
        Assert.Equal(4, (await io.Client.PReadAsync(file, new byte[10], 0)).Value);
        Assert.InRange((await io.Client.GetInfoAsync()).Counters.Submitted - submitted, 2, 4);
    }

    private sealed class Node : IDisposable
    {
        internal Node(string backend, string more = "")
        {
            System = BackendFixture.Start(backend, $"{Remote}\nio-actors.files.remote = on\n{more}");
            _ = System.IoFiles();
        }

        internal ActorSystem System { get; }

        /// <summary>An actor of this node, as another one finds it by its path.</summary>
        internal Task<IActorRef> From(ActorSystem other, IActorRef actor) => other
            .ActorSelection(new RootActorPath(((ExtendedActorSystem)System).Provider.DefaultAddress) / actor.Path.Elements)
            .ResolveOne(s_deadline);

        internal Task<IActorRef> ManagerFrom(ActorSystem other) => other
            .ActorSelection(new RootActorPath(((ExtendedActorSystem)System).Provider.DefaultAddress) / "system" / "io-actors-files")
            .ResolveOne(s_deadline);

        public void Dispose() => Assert.True(System.Terminate().Wait(s_deadline));
    }
}

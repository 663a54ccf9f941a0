using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.OpenFiles;

/// <summary>The messages of files, as other nodes get them.</summary>
public sealed class FilesSerializerTests : IAsyncLifetime
{
    private readonly ActorSystem _system = BackendFixture.Start("epoll", "akka.loglevel = OFF");
    private FilesSerializer _serializer = null!;
    private FileStatus _status = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var io = _system.IoActors();
        _serializer = Assert.IsType<FilesSerializer>(_system.Serialization.FindSerializerForType(typeof(Files.Read)));
        _status = (await io.Client.StatAsync(typeof(Files).Assembly.Location)).Status;
    }

    /// <inheritdoc/>
    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public void Each_message_comes_back_as_it_was()
    {
        var messages = All().Append(new Files.Status(_status) { Tag = 9 }).ToList();
        var types = typeof(Files).GetNestedTypes().Where(type => !type.IsAbstract);
        Assert.Equal(types.Select(type => type.Name).Order(), messages.Select(each => each.GetType().Name).Distinct().Order());
        foreach (var message in messages)
        {
            Assert.Same(_serializer, _system.Serialization.FindSerializerFor(message));
            var back = _serializer.FromBinary(_serializer.ToBinary(message), _serializer.Manifest(message));
            if (message is Files.Status)
            {
                var file = Assert.IsType<Files.Status>(back).File;
                Assert.Equal(9, ((Files.Status)back).Tag);
                Assert.All(typeof(FileStatus).GetProperties(), property => Assert.Equal(property.GetValue(_status), property.GetValue(file)));
            }
            else
            {
                Assert.Equal(AsRemote(message), back);
            }
        }
    }

    [Fact]
    public void What_version_1_has_written_is_read_for_ever()
    {
        // Beside this file; a line a message. It only grows.
        var stored = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(Here())!, "files-v1.wire"));
        var messages = All().ToList();
        Assert.Equal(messages.Select(message => $"{message.GetType().Name} {Convert.ToHexString(_serializer.ToBinary(message))}"), stored);
        Assert.Equal(
            messages.Select(AsRemote),
            stored.Select((line, n) => _serializer.FromBinary(Convert.FromHexString(line.Split(' ')[1]), _serializer.Manifest(messages[n]))));
    }

    [Theory]
    [InlineData("files.command.v2", "", "files.command.v2 is no message of IoFiles that is known here: is the other node newer?")]
    [InlineData("files.command.v1", "", "A command is no message of IoFiles that is known here: is the other node newer?")]
    [InlineData("files.event.v1", "FA0100", "An event is no message of IoFiles that is known here: is the other node newer?")]
    [InlineData("files.command.v1", "1A00", "A message of IoFiles (files.command.v1) makes no sense: ")]
    [InlineData("files.command.v1", "1AFF", "A message of IoFiles (files.command.v1) makes no sense: ")]
    [InlineData("files.command.v1", "1200", "A message of IoFiles (files.command.v1) makes no sense: ")]
    public void What_is_not_known_or_makes_no_sense_is_refused(string manifest, string bytes, string error)
    {
        var e = Assert.Throws<SerializationException>(() => _serializer.FromBinary(Convert.FromHexString(bytes), manifest));
        Assert.StartsWith(error, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_message_of_files_is_refused()
    {
        Assert.Throws<SerializationException>(() => _serializer.Manifest("text"));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new Flush()));
        Assert.Throws<ArgumentNullException>(() => FilesSerializer.Register(null!));
    }

    /// <summary>What a command is on the other side: one that has come from another node.</summary>
    private static object AsRemote(object message) => message is Files.Command command ? command with { IsRemote = true } : message;

    /// <summary>Each of them, with values that are no defaults.</summary>
    private IEnumerable<object> All()
    {
        var bytes = ByteString.FromBytes([1, 2, 3]) + ByteString.FromBytes([4, 5]);
        yield return new Files.Open("/v/a", OpenFlags.ReadWrite | OpenFlags.Create, UnixFileMode.UserRead | UnixFileMode.UserWrite, Guardian) { Tag = 1 };
        yield return new Files.Open("/v/ä", owner: ActorRefs.Nobody) { Tag = -1 };
        yield return new Files.Open("relative");
        yield return new Files.Read(4096) { Tag = long.MaxValue };
        yield return new Files.PRead(1, 1L << 40) { Tag = long.MinValue };
        yield return new Files.Write(bytes) { Tag = 2 };
        yield return new Files.Write(ByteString.Empty);
        yield return new Files.PWrite(bytes, 77);
        yield return new Files.Append(bytes, durable: false);
        yield return new Files.Append(bytes);
        yield return new Files.FSync();
        yield return new Files.FSync(DataOnly: true);
        yield return new Files.FTruncate(0);
        yield return new Files.FTruncate(5L << 32);
        yield return new Files.LSeek(-3, SeekWhence.End);
        yield return new Files.FStat();
        yield return new Files.Close();
        yield return new Files.ReadBlocks(512, 1024);
        yield return new Files.ReadLines(10, 100);
        yield return new Files.Demand(3);
        yield return new Files.Opened(Guardian) { Tag = 3 };
        yield return new Files.Data(bytes);
        yield return new Files.Data(ByteString.Empty);
        yield return new Files.Written(0);
        yield return new Files.Written(3L << 32);
        yield return new Files.Appended(1L << 33, 5);
        yield return new Files.Synced();
        yield return new Files.Truncated();
        yield return new Files.Positioned(0);
        yield return new Files.Closed();
        yield return new Files.Reading(Guardian);
        yield return new Files.Block(512, bytes);
        yield return new Files.Line(0, bytes);
        yield return new Files.EndOfFile(0);
        yield return new Files.Failed("Append", Errno.ENOSPC, "Append of /v/a: ENOSPC (No space left on device)", OutcomeUnknown: true) { Tag = 4 };
        yield return new Files.Append(bytes) { Key = new Guid("0198f4c8-7c1e-7000-8000-0123456789ab") };
    }

    /// <summary>An actor whose path is always the same.</summary>
    private IActorRef Guardian => ((ExtendedActorSystem)_system).Guardian;

    private static string Here([CallerFilePath] string path = "") => path;
}

using System;
using System.IO;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.OpenFiles;

/// <summary>The service, or the whole system, stops while files have work to do.</summary>
public sealed class FilesStopTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("io-uring", false)]
    [InlineData("io-uring", true)]
    [InlineData("epoll", false)]
    [InlineData("epoll", true)]
    [InlineData("thread-pool", false)]
    [InlineData("thread-pool", true)]
    public async Task What_was_sent_to_files_is_written_and_answered(string backend, bool terminate)
    {
        var system = BackendFixture.Start(backend, "akka.loglevel = OFF");
        var path = Path.GetTempFileName();
        var file = (await system.IoFiles().Ask(
            new Files.Open(path, OpenFlags.WriteOnly | OpenFlags.Append, owner: ActorRefs.Nobody), s_deadline)).File;
        var appends = new Task<Files.Appended>[300];
        for (var n = 0; n < appends.Length; n++)
        {
            appends[n] = file.Ask(new Files.Append(ByteString.FromString("0123456789")), s_deadline);
        }

        var manager = system.IoFiles();
        await (terminate ? system.Terminate() : system.IoActors().StopAsync()).WaitAsync(s_deadline);
        for (var n = 0; n < appends.Length; n++)
        {
            Assert.Equal(new Files.Appended(10 * n, 10), await appends[n]);
        }

        Assert.Equal(3000, new FileInfo(path).Length);
        if (!terminate)
        {
            var e = await Assert.ThrowsAsync<FileException>(
                () => manager.Ask(new Files.Open(path, owner: ActorRefs.Nobody), s_deadline));
            Assert.Equal(Errno.ECANCELED, e.Error);
            e = await Assert.ThrowsAsync<FileException>(() => file.Ask(new Files.FStat(), s_deadline));
            Assert.Equal(Errno.EBADF, e.Error);
            await system.Terminate().WaitAsync(s_deadline);
        }

        File.Delete(path);
    }

    [Fact]
    public async Task A_file_that_does_not_finish_in_time_is_stopped_and_its_commands_are_answered()
    {
        // Reads of a FIFO that nobody writes to are idle waits, which the end cancels; behind an append to a full one there is no end.
        var folder = Directory.CreateTempSubdirectory("stop").FullName;
        var fifo = Path.Combine(folder, "fifo");
        using (var process = System.Diagnostics.Process.Start("mkfifo", [fifo]))
        {
            await process.WaitForExitAsync();
        }

        var system = BackendFixture.Start("epoll", "akka.loglevel = OFF");
        var file = (await system.IoFiles().Ask(new Files.Open(fifo, OpenFlags.ReadWrite, owner: ActorRefs.Nobody), s_deadline)).File;
        var write = file.Ask(new Files.Write(ByteString.FromBytes(new byte[1 << 20])), s_deadline);
        var behind = file.Ask(new Files.FStat(), s_deadline);
        await system.IoActors().StopAsync(TimeSpan.FromMilliseconds(200)).WaitAsync(s_deadline);
        Assert.True((await Assert.ThrowsAsync<FileException>(() => write)).Failure is { Error: Errno.ECANCELED, OutcomeUnknown: true });
        Assert.True((await Assert.ThrowsAsync<FileException>(() => behind)).Failure is { Error: Errno.ECANCELED, OutcomeUnknown: false });
        await system.Terminate().WaitAsync(s_deadline);
        Directory.Delete(folder, recursive: true);
    }
}

using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Akka.IoActors.Tests.Parts;

/// <summary>Reads that the page cache serves on the caller's own thread.</summary>
public sealed class InlineReadsTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ActorSystem _system = BackendFixture.Start("auto", "io-actors.client.inline-cached-reads = on");
    private readonly string _path = Path.GetTempFileName();
    private readonly byte[] _data = new byte[10_000];
    private readonly IoActorsExtension _io;

    /// <summary>A file, all of it cached.</summary>
    public InlineReadsTests()
    {
        _io = _system.IoActors();
        new Random(1).NextBytes(_data);
        File.WriteAllBytes(_path, _data);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Assert.True(_system.Terminate().Wait(Deadline));
        File.Delete(_path);
    }

    [Fact]
    public async Task A_cached_read_completes_at_once_and_sends_nothing()
    {
        using var file = await OpenFile();
        var before = await Submitted();
        var buffer = new byte[1000];
        var reading = _io.Client.PReadAsync(file, buffer, 2000);
        Assert.True(reading.IsCompleted);
        var result = await reading;
        Assert.Equal(1000, result.Value);
        Assert.Equal(_data[2000..3000], buffer);
        Assert.IsType<PRead>(result.Operation);
        Assert.Equal(before + 1, await Submitted());
    }

    [Fact]
    public async Task What_the_cache_cannot_serve_takes_the_ordinary_way()
    {
        using var file = await OpenFile();
        var before = await Submitted();
        Assert.Equal(500, (await _io.Client.PReadAsync(file, new byte[1000], 9500)).Value);
        Assert.Equal(0, (await _io.Client.PReadAsync(file, new byte[1000], 10_000)).Value);
        Assert.Equal(Errno.EBADF, (await _io.Client.PReadAsync(9999, new byte[1], 0)).Error);
        file.Dispose();
        Assert.Equal(Errno.EBADF, (await _io.Client.PReadAsync(file, new byte[1], 0)).Error);
        Assert.Equal(before + 5, await Submitted());
    }

    [Fact]
    public async Task A_read_past_the_cache_does_not_keep_the_caller_waiting_for_the_device()
    {
        File.WriteAllBytes(_path, new byte[16384]);
        using var file = (await _io.Client.OpenAsync(_path, OpenFlags.ReadOnly | OpenFlags.Direct)).Handle;
        var buffer = IoMemory.Allocate(4096);
        Assert.False(_io.Client.TryPRead(file, buffer.Span, 0));
        Assert.False(_io.Client.TryPRead((int)file.DangerousGetHandle(), buffer.Span, 0));
        Assert.Equal(4096, (await _io.Client.PReadAsync(file, buffer, 0)).Value);
    }

    [Fact]
    public async Task A_read_does_not_overtake_a_write_of_the_same_client()
    {
        using var file = await OpenFile();
        using var go = new ManualResetEventSlim();
        using var blocks = new ManualResetEventSlim();
        var blocker = _system.ActorOf(Props.Create(() => new Blocker(blocks, go)).OnLoop(_io.Loops[0]));
        blocker.Tell("block");
        Assert.True(blocks.Wait(Deadline));

        var buffer = new byte[4];
        Assert.True(_io.Client.TryPRead(file, buffer, 0));
        var writing = _io.Client.PWriteAsync(file, new byte[4], 0).AsTask();
        Assert.False(_io.Client.TryPRead(file, buffer, 0));
        var reading = _io.Client.PReadAsync(file, buffer, 0).AsTask();
        Assert.False(reading.IsCompleted);
        go.Set();
        Assert.Equal(4, (await writing.WaitAsync(Deadline)).Value);
        Assert.Equal(4, (await reading.WaitAsync(Deadline)).Value);
        Assert.True(_io.Client.TryPRead(file, buffer, 0));
        Assert.Equal(new byte[4], buffer);
    }

    [Fact]
    public async Task TryPRead_allocates_nothing()
    {
        using var file = await OpenFile();
        var buffer = new byte[100];
        Assert.True(ReadOften(file, buffer) >= 0);
        Assert.Equal(0, ReadOften(file, buffer));
        Assert.Equal(_data[..100], buffer);
    }

    [Fact]
    public async Task Continuations_of_a_loops_own_client_run_on_its_thread()
    {
        using var file = await OpenFile();
        var client = _io.LoopOf(file).Client;
        Assert.Equal(1, (await client.PReadAsync(file, new byte[1], 0)).Value);
        var here = await Task.Run(async () =>
        {
            await client.PReadAsync(file, new byte[1], 0).ConfigureAwait(false);
            await client.PReadAsync(file, new byte[1], 0).ConfigureAwait(false);
            return Thread.CurrentThread.Name;
        }).WaitAsync(Deadline);
        Assert.Equal(_io.LoopOf(file).Dispatcher, here);
        var elsewhere = await Task.Run(async () =>
        {
            await _io.Client.FStatAsync(file).ConfigureAwait(false);
            return Thread.CurrentThread.Name;
        }).WaitAsync(Deadline);
        Assert.NotEqual(_io.LoopOf(file).Dispatcher, elsewhere);
    }

    private long ReadOften(SafeFileHandle file, byte[] buffer)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 0; n < 1000; n++)
        {
            Assert.True(_io.Client.TryPRead(file, buffer, 0));
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private async Task<SafeFileHandle> OpenFile() => (await _io.Client.OpenAsync(_path, OpenFlags.ReadWrite)).Handle;

    private async Task<long> Submitted() => (await _io.Client.GetInfoAsync()).Counters.Submitted;

    private sealed class Blocker : ReceiveActor
    {
        public Blocker(ManualResetEventSlim blocks, ManualResetEventSlim go) => ReceiveAny(_ =>
        {
            blocks.Set();
            Assert.True(go.Wait(Deadline));
        });
    }
}

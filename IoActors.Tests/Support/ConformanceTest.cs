using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Native;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Akka.IoActors.Tests.Support;

/// <summary>
/// The ground of the suites that every backend passes. After each test the backend must have answered
/// everything and hold nothing.
/// </summary>
public abstract class ConformanceTest : IAsyncLifetime
{
    private readonly List<IDisposable> _toDispose = [];
    private readonly BackendFixture _fixture;

    /// <summary>Prepares a test.</summary>
    protected ConformanceTest(BackendFixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        _fixture = fixture;
        Folder = Directory.CreateTempSubdirectory("io-actors-").FullName;
    }

    /// <summary>How long anything may take before the test calls it a hang.</summary>
    protected static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(30);

    /// <summary>The I/O service.</summary>
    protected IoActorsExtension Io => _fixture.Io;

    /// <summary>The actor system.</summary>
    protected ActorSystem System => _fixture.System;

    /// <summary>The backend, as the configuration names it.</summary>
    protected string BackendName => _fixture.BackendName;

    /// <summary>A folder of the test's own.</summary>
    protected string Folder { get; }

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var item in Enumerable.Reverse(_toDispose))
        {
            item.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
        await Settle();
        var counters = (await Io.Client.GetInfoAsync().AsTask().WaitAsync(Deadline)).Counters;
        Assert.Equal(0, counters.InFlight);
        Assert.Equal(0, counters.Waiting);
        Assert.Equal(0, counters.PinnedBuffers);
        Assert.Equal(0, counters.LeakedBuffers);
        Assert.Equal(0, counters.LateCompletions);
        Assert.Equal(counters.Submitted, counters.Replied);
    }

    /// <summary>
    /// Waits for what the product goes on with after the test has had its answers; nothing, unless overridden. A stream closes its
    /// file after it has told its end.
    /// </summary>
    protected virtual Task Settle() => Task.CompletedTask;

    /// <summary>Waits until nothing is in flight any more.</summary>
    protected async Task UntilIdle()
    {
        var begin = Environment.TickCount64;
        while ((await Io.Client.GetInfoAsync().AsTask().WaitAsync(Deadline)).Counters is not { InFlight: 0, Waiting: 0 })
        {
            Assert.InRange(Environment.TickCount64 - begin, 0, Deadline.TotalMilliseconds);
        }
    }

    /// <summary>Sends an operation through the client and waits for its reply, but not for ever.</summary>
    protected async Task<IoResult> Do(IoOperation operation)
    {
        var result = await Send(operation);
        Assert.Same(operation, result.Operation);
        return result;
    }

    /// <summary>Sends an operation through the client; the reply is to be awaited, but not for ever.</summary>
    protected Task<IoResult> Send(IoOperation operation) =>
        Io.Client.SubmitAsync(operation).AsTask().WaitAsync(Deadline);

    /// <summary>Has the test dispose of something at its end.</summary>
    protected T Own<T>(T item)
        where T : IDisposable
    {
        _toDispose.Add(item);
        return item;
    }

    /// <summary>A path in the test's folder.</summary>
    protected string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Opens a file in the test's folder through the backend.</summary>
    protected async Task<SafeFileHandle> OpenFile(
        string name = "file", OpenFlags flags = OpenFlags.ReadWrite | OpenFlags.Create)
    {
        var result = await Do(new Open(PathOf(name), flags));
        Assert.Equal(Errno.None, result.Error);
        return Own(result.Handle);
    }

    /// <summary>A pipe: its read end and its write end.</summary>
    protected (SafeFileHandle Read, SafeFileHandle Write) MakePipe()
    {
        Assert.Equal(0, Sys.Pipe(out var read, out var write));
        return (Own(new SafeFileHandle(read, true)), Own(new SafeFileHandle(write, true)));
    }

    /// <summary>Two connected Unix stream sockets, blocking.</summary>
    protected (SafeSocketHandle First, SafeSocketHandle Second) MakeSocketPair()
    {
        Assert.Equal(0, Sys.SocketPair(out var first, out var second));
        return (Own(new SafeSocketHandle(first, true)), Own(new SafeSocketHandle(second, true)));
    }

    /// <summary>A listening TCP socket on loopback, and one connected to it.</summary>
    protected (Socket Listener, Socket Client) MakeListener(System.Net.IPAddress? address = null)
    {
        address ??= global::System.Net.IPAddress.Loopback;
        var listener = Own(new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new global::System.Net.IPEndPoint(address, 0));
        listener.Listen(128);
        var client = Own(new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        return (listener, client);
    }

    /// <summary>Whether a socket has O_NONBLOCK.</summary>
    protected static bool IsNonBlocking(SafeSocketHandle socket)
    {
        var flags = File.ReadLines($"/proc/self/fdinfo/{socket.DangerousGetHandle()}").First(line => line.StartsWith("flags", StringComparison.Ordinal));
        return (Convert.ToInt32(flags.Split('\t')[1], 8) & NativeOpenFlags.NonBlock) != 0;
    }

    /// <summary>A FIFO in the test's folder.</summary>
    protected void MakeFifo(string name)
    {
        using var process = global::System.Diagnostics.Process.Start("mkfifo", PathOf(name));
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Reads a stream until so many bytes are there, in portions.</summary>
    /// <param name="input">The stream.</param>
    /// <param name="count">Bytes in all.</param>
    /// <param name="most">Bytes in a portion at the most.</param>
    protected async Task<byte[]> ReadAll(Descriptor input, int count, int most = 1 << 20)
    {
        var all = new byte[count];
        for (var got = 0; got < count;)
        {
            var result = await Do(new Read(input, all.AsMemory(got, Math.Min(most, count - got))));
            Assert.True(result.Value > 0, $"{result} after {got} of {count} bytes");
            got += (int)result.Value;
        }

        return all;
    }

    /// <summary>Bytes that differ from seed to seed and from place to place.</summary>
    protected static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>A service to be broken, and what a scenario needs beside it; all of it goes at its end.</summary>
internal sealed class FaultService : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    internal FaultService(string backend, string more)
    {
        System = BackendFixture.Start(backend, more);
        Io = System.IoActors();
        Folder = Directory.CreateTempSubdirectory("io-actors-").FullName;
    }

    internal static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(30);

    internal ActorSystem System { get; }

    internal IoActorsExtension Io { get; }

    internal string Folder { get; }

    /// <summary>Buffers that the scenario has the backend give up on purpose.</summary>
    internal long MayLeak { get; set; }

    public void Dispose()
    {
        foreach (var item in Enumerable.Reverse(_owned))
        {
            item.Dispose();
        }

        Assert.True(System.Terminate().Wait(Deadline), "the actor system did not stop");
        Directory.Delete(Folder, recursive: true);
    }

    internal string PathOf(string name) => Path.Combine(Folder, name);

    internal T Own<T>(T item)
        where T : IDisposable
    {
        _owned.Add(item);
        return item;
    }

    /// <summary>Sends an operation through the client; the reply is to be awaited, but not for ever.</summary>
    internal Task<IoResult> Send(IoOperation operation) =>
        Io.Client.SubmitAsync(operation).AsTask().WaitAsync(Deadline);

    internal async Task<BackendCounters> Counters() => (await Send(new GetInfo())).Info.Counters;

    internal async Task<SafeFileHandle> OpenFile(
        string name = "file", OpenFlags flags = OpenFlags.ReadWrite | OpenFlags.Create) =>
        Own((await Send(new Open(PathOf(name), flags))).ThrowIfFailed().Handle);

    internal (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        Assert.Equal(0, Sys.Pipe(out var read, out var write));
        return (Own(new SafeFileHandle(read, true)), Own(new SafeFileHandle(write, true)));
    }

    internal (SafeSocketHandle First, SafeSocketHandle Second) SocketPair()
    {
        Assert.Equal(0, Sys.SocketPair(out var first, out var second));
        return (Own(new SafeSocketHandle(first, true)), Own(new SafeSocketHandle(second, true)));
    }

    internal Socket Listener(int backlog = 128)
    {
        var listener = Own(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(backlog);
        return listener;
    }

    /// <summary>A client's end and a server's end, the latter accepted by the backend.</summary>
    internal async Task<(Socket Client, SafeSocketHandle Server)> Connect(Socket listener)
    {
        var accept = Send(new Accept(listener));
        var client = Own(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await client.ConnectAsync(listener.LocalEndPoint!);
        return (client, Own((await accept).ThrowIfFailed().SocketHandle));
    }

    /// <summary>The backend must serve a file and a socket, and have answered and let go of everything.</summary>
    internal async Task MustBeWhole()
    {
        if (Io.Health == IoHealth.Down)
        {
            return;
        }

        var file = await OpenFile("round-trip");
        var data = Bytes(5000, 7);
        var read = new byte[5000];
        Assert.Equal(5000, (await Send(new PWrite(file, data, 0))).GetValueOrThrow());
        Assert.Equal(0, (await Send(new FSync(file))).GetValueOrThrow());
        Assert.Equal(5000, (await Send(new PRead(file, read, 0))).GetValueOrThrow());
        Assert.Equal(data, read);
        var (first, second) = SocketPair();
        var receive = Send(new Recv(second, read.AsMemory(0, 4)));
        Assert.Equal(4, (await Send(new Send(first, "ping"u8.ToArray()))).GetValueOrThrow());
        Assert.Equal(4, (await receive).GetValueOrThrow());
        Assert.Equal("ping"u8.ToArray(), read[..4]);

        var counters = await Counters();
        Assert.Equal(0, counters.InFlight);
        Assert.Equal(0, counters.Waiting);
        Assert.Equal(0, counters.PinnedBuffers);
        Assert.Equal(MayLeak, counters.LeakedBuffers);
        Assert.Equal(counters.Submitted, counters.Replied);
    }

    internal static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

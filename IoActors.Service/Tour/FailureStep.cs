using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service.Tour;

/// <summary>A real failure under load: nothing is lost, and nobody who only waits notices.</summary>
internal sealed class FailureStep : ITourStep
{
    private const int Writers = 4;
    private const int Blocks = 1000;
    private const int BlockSize = 512;
    private const int Idle = 100;

    public string Title => "A failure under load: the ring is torn from under its actor";

    public async Task<string> Run(ServiceHost host, Ledger ledger, string folder)
    {
        var before = (await ledger.Submit(new GetInfo())).Info.Counters.Restarts;
        var pairs = Enumerable.Range(0, Idle).Select(_ => Breaker.MakePair()).ToList();
        var idle = pairs.Select(pair => ledger.Submit(new Recv(pair.Near, new byte[4]))).ToList();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var accepting = ledger.Submit(new Accept(listener));

        var halfway = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = Enumerable.Range(0, Writers).Select(i => Write(ledger, folder, i, halfway)).ToList();
        await halfway.Task;
        var how = Break(host);
        await Task.WhenAll(writing);
        CheckFiles(folder);

        Check.That(idle.TrueForAll(wait => !wait.IsCompleted), "an idle receive ended with the ring");
        foreach (var (pair, wait) in pairs.Zip(idle))
        {
            Check.That((await ledger.Submit(new Send(pair.Far, "ping"u8.ToArray()))).GetValueOrThrow() == 4, "a send came short");
            Check.That((await wait).GetValueOrThrow() == 4, "an idle receive came short");
            pair.Near.Dispose();
            pair.Far.Dispose();
        }

        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        using var accepted = (await accepting).ThrowIfFailed().SocketHandle;
        var restarts = (await ledger.Submit(new GetInfo())).Info.Counters.Restarts - before;
        Check.That(restarts == 1, $"the supervisor has restarted the backend {restarts} times");
        return $"{how}; {restarts} restart by the supervisor; {Writers * Blocks:N0} writes by {Writers} writers "
            + $"all done, {Idle} idle receives and an accept went over to the new one";
    }

    private static async Task Write(Ledger ledger, string folder, int writer, TaskCompletionSource halfway)
    {
        var path = PathOf(folder, writer);
        using var file = (await ledger.Submit(new Open(path, OpenFlags.WriteOnly | OpenFlags.Create))).ThrowIfFailed().Handle;
        var replies = new List<Task<IoResult>>();
        for (var i = 0; i < Blocks; i++)
        {
            replies.Add(ledger.Submit(new PWrite(file, Block(writer, i), (long)i * BlockSize)));
            if (i == Blocks / 2)
            {
                halfway.TrySetResult();
                await Task.Yield();
            }
        }

        foreach (var reply in await Task.WhenAll(replies))
        {
            Check.That(reply.GetValueOrThrow() == BlockSize, reply.ToString());
        }
    }

    private static string Break(ServiceHost host)
    {
        if (Breaker.TearRing(host) is { } number)
        {
            return $"the ring's descriptor {number} was closed by a stranger";
        }

        Breaker.KillActor(host);
        return "the backend's actor was killed";
    }

    private static void CheckFiles(string folder)
    {
        for (var writer = 0; writer < Writers; writer++)
        {
            var content = File.ReadAllBytes(PathOf(folder, writer));
            for (var i = 0; i < Blocks; i++)
            {
                Check.That(
                    content.AsSpan(i * BlockSize, BlockSize).SequenceEqual(Block(writer, i)),
                    $"block {i} of writer {writer} is not what was written");
            }
        }
    }

    private static byte[] Block(int writer, int index)
    {
        var block = new byte[BlockSize];
        new Random(writer * Blocks + index).NextBytes(block);
        return block;
    }

    private static string PathOf(string folder, int writer) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"writer-{writer}"));
}

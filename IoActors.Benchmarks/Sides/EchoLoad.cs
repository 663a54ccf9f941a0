using System;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using Akka.IoActors.Native.Uring;
using HdrHistogram;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// The load generator of the TCP rows, the same for every server: one thread on a bare ring, so that the server is what
/// is measured.
/// </summary>
internal static class EchoLoad
{
    /// <summary>What every server receives into.</summary>
    internal const int ServerBuffer = 4096;

    /// <summary>What it prints when the clock starts; a sample follows.</summary>
    internal const string Ready = "ready";

    private const byte Link = 1 << 2;
    private const byte SkipSuccess = 1 << 6;
    private const uint WaitAll = 0x100;

    internal static int Run(string mode, int port, int connections, int size, double seconds)
    {
        var address = new IPEndPoint(IPAddress.Loopback, port);
        if (mode is not ("echo" or "udp"))
        {
            Console.WriteLine(Ready);
        }

        var sample = mode switch
        {
            "echo" => Echo(() => Open(address), connections, size, seconds),
            "udp" => Echo(() => OpenDatagram(address), connections, size, seconds),
            "connect" => Connect(address, seconds),
            "idle" => Idle(address, connections),
            _ => throw new BenchmarkException($"there is no load '{mode}'."),
        };
        Print(sample);
        return 0;
    }

    private static void Print(Sample sample) => Console.WriteLine(JsonSerializer.Serialize(sample));

    /// <summary>Each connection sends so many bytes, and again when all have come back.</summary>
    private static Sample Echo(Func<Socket> open, int connections, int size, double seconds)
    {
        var sockets = Enumerable.Range(0, connections).Select(_ => open()).ToArray();
        using var ring = Ring.Create(256, 4096);
        var sent = Buffers.Make(connections, size);
        var received = Buffers.Make(connections, size);
        var pins = sent.Concat(received).Select(buffer => buffer.Pin()).ToArray();
        var starts = new long[connections];
        var histogram = new LongHistogram(10_000_000_000, 3);

        // Once over all connections first: the server has made what it has for each when the clock starts.
        for (var n = 0; n < connections; n++)
        {
            new Random(n).NextBytes(sent[n].Span);
        }

        Exchange(0);
        histogram.Reset();
        Console.WriteLine(Ready);
        var begin = Stopwatch.GetTimestamp();
        var count = Exchange(begin + (long)(seconds * Stopwatch.Frequency));
        var elapsed = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        pins.ToList().ForEach(pin => pin.Dispose());
        sockets.ToList().ForEach(socket => socket.Dispose());
        return new Sample(count / elapsed, 0, 0, Micros(50), Micros(99));

        double Micros(double percentile) => histogram.GetValueAtPercentile(percentile) * 1e6 / Stopwatch.Frequency;

        // Has all connections ask, and each again when it has its answer, until that time.
        long Exchange(long end)
        {
            var count = 0L;
            for (var n = 0; n < connections; n++)
            {
                Ask(n);
            }

            for (var open = connections; open > 0;)
            {
                ring.SubmitAndWait(Timeout.InfiniteTimeSpan);
                while (ring.TryReap(out var completion))
                {
                    var n = (int)completion.UserData;
                    if (completion.Result != size || !sent[n].Span.SequenceEqual(received[n].Span))
                    {
                        throw new BenchmarkException($"the echo came back wrong: {completion.Result} of {size} bytes");
                    }

                    var now = Stopwatch.GetTimestamp();
                    histogram.RecordValue(now - starts[n]);
                    count++;
                    if (now < end)
                    {
                        Ask(n);
                    }
                    else
                    {
                        open--;
                    }
                }
            }

            return count;
        }

        void Ask(int n)
        {
            starts[n] = Stopwatch.GetTimestamp();
            received[n].Span[0] = (byte)~sent[n].Span[0];
            while (ring.Unsubmitted > 200)
            {
                ring.Submit();
            }

            var fd = (int)sockets[n].SafeHandle.DangerousGetHandle();
            ref var send = ref ring.Next();
            send.Set(UringOpcode.Send, fd, Buffers.AddressOf(sent[n]), (uint)size, 0, 0, (ulong)n);
            send.Flags = Link | SkipSuccess;
            ring.Next().Set(UringOpcode.Recv, fd, Buffers.AddressOf(received[n]), (uint)size, 0, WaitAll, (ulong)n);
        }
    }

    /// <summary>Connects, and closes when the server has seen it: a byte there and back, then a reset so that no port waits.</summary>
    private static Sample Connect(EndPoint address, double seconds)
    {
        var begin = Stopwatch.GetTimestamp();
        var counts = Enumerable.Range(0, 8).Select(_ => 0L).ToArray();
        var threads = counts.Select((_, n) => new Thread(() =>
        {
            var one = new byte[1];
            while (Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds)
            {
                using var socket = Open(address);
                socket.LingerState = new LingerOption(true, 0);
                socket.Send(one);
                if (socket.Receive(one) != 1)
                {
                    throw new BenchmarkException("the server hung up");
                }

                counts[n]++;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return new Sample(counts.Sum() / Stopwatch.GetElapsedTime(begin).TotalSeconds, 0, 0);
    }

    /// <summary>Opens connections, has each echo a byte, and keeps them until its input ends.</summary>
    private static Sample Idle(EndPoint address, int connections)
    {
        var one = new byte[1];
        var sockets = Enumerable.Range(0, connections).Select(_ => Open(address)).ToList();
        foreach (var socket in sockets)
        {
            socket.Send(one);
            if (socket.Receive(one) != 1)
            {
                throw new BenchmarkException("the server hung up");
            }
        }

        Print(new Sample(connections, 0, 0));
        Console.In.ReadLine();
        sockets.ForEach(socket => socket.Dispose());
        return new Sample(connections, 0, 0);
    }

    private static Socket OpenDatagram(EndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(address);
        return socket;
    }

    private static Socket Open(EndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(address);
        return socket;
    }
}

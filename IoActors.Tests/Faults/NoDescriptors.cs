using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>
/// What happens without descriptors, in a process of its own: .NET needs two for each thread that it starts, and ends the process if there are
/// none ("Out of memory."). So that process has all of its threads before, and keeps them.
/// </summary>
internal static class NoDescriptors
{
    /// <summary>The first argument of such a process.</summary>
    internal const string Verb = "no-descriptors";

    internal const string Files = "files";
    internal const string Listener = "listener";

    private const int Threads = 32;

    /// <summary>Runs a scenario in a process, and sees what has become of it.</summary>
    /// <param name="scenario"><see cref="Files"/> or <see cref="Listener"/>.</param>
    /// <param name="backend">The backend.</param>
    /// <param name="loops">How many loops it has.</param>
    internal static async Task Survives(string scenario, string backend, int loops = 1)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", ["exec", typeof(NoDescriptors).Assembly.Location, Verb, scenario, backend, FormattableString.Invariant($"{loops}")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // The thread that compiles, and those of the pool, are not to end and be started again.
            Environment = { ["DOTNET_TC_BackgroundWorkerTimeoutMs"] = "7FFFFFFF", ["DOTNET_ThreadPool_ThreadTimeoutMs"] = "-1" },
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        var said = $"{await output}{await error}";
        Assert.True(process.ExitCode == 0 && said.EndsWith($"{scenario} survived\n", StringComparison.Ordinal), $"exit code {process.ExitCode}: {said}");
    }

    /// <summary>The process.</summary>
    internal static async Task Run(string scenario, string backend, int loops)
    {
        using (var service = new FaultService(backend, FormattableString.Invariant($"io-actors.loops = {loops}")))
        {
            await (scenario == Files ? OpenAndAccept(service) : Accept(service)).WaitAsync(FaultService.Deadline);
        }

        Console.WriteLine($"{scenario} survived");
    }

    private static async Task OpenAndAccept(FaultService service)
    {
        var listener = service.Listener();
        _ = await service.Connect(listener);
        var client = service.Own(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await client.ConnectAsync(listener.LocalEndPoint!);
        using (NoMore())
        {
            Assert.Equal(Errno.EMFILE, (await service.Send(new Open("/dev/null"))).Error);
            Assert.Equal(Errno.EMFILE, (await service.Send(new Accept(listener))).Error);
        }

        service.Own((await service.Send(new Open("/dev/null"))).ThrowIfFailed().Handle);
        var server = service.Own((await service.Send(new Accept(listener))).ThrowIfFailed().SocketHandle);
        Assert.Equal(3, await client.SendAsync("abc"u8.ToArray()));
        var read = new byte[8];
        Assert.Equal(3, (await service.Send(new Recv(server, read))).GetValueOrThrow());
        Assert.Equal("abc"u8.ToArray(), read[..3]);
    }

    /// <summary>A listener rests, and goes on.</summary>
    private static async Task Accept(FaultService service)
    {
        var kit = new TestKit.Xunit2.TestKit(service.System);
        var (handler, subscriber) = (kit.CreateTestProbe(), kit.CreateTestProbe());
        service.System.IoTcp().Tell(new Tcp.Bind(handler.Ref, new IPEndPoint(IPAddress.Loopback, 0)), handler.Ref);
        var address = (await handler.ExpectMsgAsync<Tcp.Bound>(FaultService.Deadline)).LocalAddress;
        var listener = handler.Sender;
        var peers = Enumerable.Range(0, 4).Select(_ => service.Own(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))).ToList();

        // Once before: the runtime loads what it needs from files, and dies without descriptors for them.
        await peers[3].ConnectAsync(address);
        await handler.ExpectMsgAsync<Tcp.Connected>(FaultService.Deadline);
        Assert.Equal(0, await Retried());
        using (NoMore())
        {
            foreach (var peer in peers.Take(3))
            {
                await peer.ConnectAsync(address);
            }

            while (await Retried() == 0)
            {
            }
        }

        var served = new List<EndPoint>();
        for (var n = 0; n < 3; n++)
        {
            served.Add((await handler.ExpectMsgAsync<Tcp.Connected>(FaultService.Deadline)).RemoteAddress);
        }

        Assert.Equal(peers.Take(3).Select(peer => peer.LocalEndPoint!.ToString()).Order(), served.Select(each => each.ToString()).Order());

        async Task<long> Retried()
        {
            listener.Tell(new Tcp.SubscribeToTcpListenerStats(subscriber.Ref));
            var statistics = await subscriber.ExpectMsgAsync<Tcp.TcpListenerStatistics>(FaultService.Deadline);
            listener.Tell(new Tcp.UnsubscribeFromTcpListenerStats(subscriber.Ref));
            return statistics.RetriedIncomingConnections;
        }
    }

    private static DescriptorLimit NoMore()
    {
        // All that the pool may have, at once: none is being started when this returns, and none will be.
        Assert.True(ThreadPool.SetMaxThreads(Threads, Threads));
        Assert.True(ThreadPool.SetMinThreads(Threads, Threads));
        using var all = new CountdownEvent(Threads);
        using var done = new CountdownEvent(Threads);
        var here = Thread.CurrentThread.IsThreadPoolThread ? 1 : 0;
        all.Signal(Math.Max(here, 1));
        done.Signal(Math.Max(here, 1));
        for (var n = Math.Max(here, 1); n < Threads; n++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    all.Signal();
                    all.Wait();
                    done.Signal();
                },
                null);
        }

        done.Wait();
        return DescriptorLimit.NoMore();
    }
}

/// <summary>The listener of the Tcp protocol without descriptors.</summary>
public sealed class NoDescriptorsTests
{
    [Theory]
    [InlineData("io-uring", 1)]
    [InlineData("io-uring", 2)]
    [InlineData("epoll", 1)]
    [InlineData("thread-pool", 1)]
    public Task A_listener_without_descriptors_rests_and_goes_on(string backend, int loops) =>
        NoDescriptors.Survives(NoDescriptors.Listener, backend, loops);
}

using System;
using System.Linq;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Tests.Support;
using Akka.TestKit.Xunit2;
using Xunit;

namespace Akka.IoActors.Tests.Conformance;

/// <summary>Subscriptions with back-pressure, on every backend.</summary>
public abstract class SubscriptionConformance(BackendFixture fixture) : ConformanceTest(fixture)
{
    [Fact]
    public async Task Connections_come_as_they_are_asked_for()
    {
        var subscriber = new TestKit.Xunit2.TestKit(System).CreateTestProbe();
        var (listener, first) = MakeListener();
        var clients = Enumerable.Range(0, 4).Select(_ => Own(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))).ToList();
        clients[0] = first;
        foreach (var client in clients)
        {
            await client.ConnectAsync(listener.LocalEndPoint!);
        }

        var accept = new Accept(listener) { Tag = "mine" };
        var subscription = Io.Client.Subscribe(accept, subscriber.Ref);
        await subscriber.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        subscription.Demand(1);
        subscription.Demand(2);
        for (var n = 0; n < 3; n++)
        {
            var result = await subscriber.ExpectMsgAsync<IoResult>(Deadline);
            Assert.Same(accept, result.Operation);
            Assert.Equal(clients[n].LocalEndPoint, result.Peer);
            Own(result.SocketHandle);
        }

        await subscriber.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        subscription.Demand(5);
        Own((await subscriber.ExpectMsgAsync<IoResult>(Deadline)).SocketHandle);
        subscription.Cancel();
        Assert.Equal(Errno.ECANCELED, (await subscriber.ExpectMsgAsync<IoResult>(Deadline)).Error);
        subscription.Demand(1);
        await subscriber.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task Bytes_come_as_they_are_asked_for_to_the_end_and_hold_the_peer_back_until_then()
    {
        var subscriber = new TestKit.Xunit2.TestKit(System).CreateTestProbe();
        var (near, far) = MakeSocketPair();
        var subscription = Io.Client.Subscribe(new RecvPooled(far), subscriber.Ref);
        var data = Bytes(1_000_000);
        var sending = Send(new Send(near, data));
        var received = 0;
        while (received < data.Length)
        {
            subscription.Demand(10);
            for (var n = 0; n < 10 && received < data.Length; n++)
            {
                using var buffer = (await subscriber.ExpectMsgAsync<IoResult>(Deadline)).Buffer;
                Assert.True(data.AsSpan(received, buffer.Memory.Length).SequenceEqual(buffer.Memory.Span));
                received += buffer.Memory.Length;
            }
        }

        Assert.Equal(data.Length, (await sending).Value);
        await Do(new Close(near));
        subscription.Demand(10);
        Assert.Equal(0, (await subscriber.ExpectMsgAsync<IoResult>(Deadline)).Value);
        await subscriber.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task A_subscription_that_is_cancelled_between_two_results_says_so()
    {
        var (near, far) = MakeSocketPair();
        for (var round = 0; round < 50; round++)
        {
            var subscriber = new TestKit.Xunit2.TestKit(System).CreateTestProbe();
            var subscription = Io.Client.Subscribe(new RecvPooled(far), subscriber.Ref);
            subscription.Demand(1_000);
            await Do(new Send(near, new byte[] { 1 }));
            subscription.Cancel();
            IoResult result;
            do
            {
                result = await subscriber.ExpectMsgAsync<IoResult>(Deadline);
                if (result.IsSuccess)
                {
                    result.Buffer.Dispose();
                }
            }
            while (result.IsSuccess);
            Assert.Equal(Errno.ECANCELED, result.Error);
            await Do(new Recv(far, new byte[10], SocketMessageFlags.DontWait));
        }
    }

    [Fact]
    public async Task A_subscription_ends_with_its_subscriber_and_with_its_descriptor()
    {
        var kit = new TestKit.Xunit2.TestKit(System);
        var subscriber = kit.CreateTestProbe();
        var (_, far) = MakeSocketPair();
        var subscription = Io.Client.Subscribe(new RecvPooled(far), subscriber.Ref);
        subscription.Demand(3);
        System.Stop(subscriber.Ref);

        // The receive has ended, or this one would wait behind it, and never be answered before the Close.
        while ((await Io.Client.GetInfoAsync()).Counters.InFlight + (await Io.Client.GetInfoAsync()).Counters.Waiting > 0)
        {
            await Task.Yield();
        }

        var other = kit.CreateTestProbe();
        Io.Client.Subscribe(new RecvPooled(far), other.Ref).Demand(3);
        await Do(new Close(far));
        Assert.Equal(Errno.ECANCELED, (await other.ExpectMsgAsync<IoResult>(Deadline)).Error);
        await other.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        Assert.Throws<ArgumentException>(() => Io.Client.Subscribe(new Flush(), other.Ref));
        Assert.Throws<ArgumentOutOfRangeException>(() => subscription.Demand(0));
    }
}

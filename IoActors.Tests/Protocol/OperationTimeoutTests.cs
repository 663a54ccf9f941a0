using System;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Protocol;

/// <summary>What a limit for operations means for those who wait for others.</summary>
public sealed class OperationTimeoutTests
{
    [Theory]
    [InlineData("io-uring")]
    [InlineData("epoll")]
    [InlineData("thread-pool")]
    public async Task A_connection_may_be_idle_for_longer_than_an_operation_may_take(string backend)
    {
        using var system = BackendFixture.Start(backend, "io-actors.operation-timeout = 50ms");
        var io = system.IoActors();
        var probe = new TestKit.Xunit2.TestKit(system).CreateTestProbe();
        io.Tcp.Tell(new Tcp.Bind(probe.Ref, new IPEndPoint(IPAddress.Loopback, 0)), probe.Ref);
        var bound = await probe.ExpectMsgAsync<Tcp.Bound>(TimeSpan.FromSeconds(20));
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(bound.LocalAddress);
        await probe.ExpectMsgAsync<Tcp.Connected>(TimeSpan.FromSeconds(20));
        var connection = probe.LastSender;
        connection.Tell(new Tcp.Register(probe.Ref), probe.Ref);

        // An operation of the same length ends by its limit, so the receive would have, too.
        using var idle = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        idle.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        for (var n = 0; n < 3; n++)
        {
            Assert.Equal(Errno.ETIMEDOUT, (await io.Client.RecvAsync(idle, new byte[1])).Error);
        }

        peer.Send("on"u8);
        Assert.Equal("on", (await probe.ExpectMsgAsync<Tcp.Received>(TimeSpan.FromSeconds(20))).Data.ToString());
        await system.Terminate();
    }
}

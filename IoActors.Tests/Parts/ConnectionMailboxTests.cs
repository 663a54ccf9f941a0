using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Dispatch.MessageQueues;
using Akka.IoActors.Sockets;
using Xunit;

namespace Akka.IoActors.Tests.Parts;

/// <summary>The mailbox of connections, by itself.</summary>
public sealed class ConnectionMailboxTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1000)]
    public void What_goes_in_comes_out_in_order_however_much_waits(int most)
    {
        var queue = new ConnectionMailbox.MessageQueue();
        var random = new Random(most);
        var (sent, received) = (0, 0);
        while (received < 20_000)
        {
            for (var n = random.Next(most + 1); n > 0; n--)
            {
                queue.Enqueue(ActorRefs.Nobody, new Envelope(sent++, ActorRefs.NoSender));
            }

            for (var n = random.Next(most + 1); n > 0 && sent > received; n--)
            {
                Assert.True(queue.TryDequeue(out var envelope));
                Assert.Equal(received++, envelope.Message);
            }

            Assert.Equal((sent - received, sent > received), (queue.Count, queue.HasMessages));
        }

        while (queue.TryDequeue(out var envelope))
        {
            Assert.Equal(received++, envelope.Message);
        }

        Assert.Equal((sent, false), (received, queue.HasMessages));
    }

    [Fact]
    public async Task Many_threads_send_and_one_receives_each_senders_messages_in_order()
    {
        const int senders = 4;
        const int each = 50_000;
        var queue = new ConnectionMailbox.MessageQueue();
        var sending = Enumerable.Range(0, senders).Select(sender => Task.Run(() =>
        {
            for (var n = 0; n < each; n++)
            {
                queue.Enqueue(ActorRefs.Nobody, new Envelope((sender, n), ActorRefs.NoSender));
            }
        })).ToArray();
        var next = new int[senders];
        for (var received = 0; received < senders * each;)
        {
            if (queue.TryDequeue(out var envelope))
            {
                var (sender, n) = ((int, int))envelope.Message;
                Assert.Equal(next[sender]++, n);
                received++;
            }
            else
            {
                Thread.Yield();
            }
        }

        await Task.WhenAll(sending);
        Assert.False(queue.HasMessages);
    }

    [Fact]
    public void What_is_left_goes_to_the_dead_letters()
    {
        var queue = new ConnectionMailbox.MessageQueue();
        var dead = new UnboundedMessageQueue();
        for (var n = 0; n < 10; n++)
        {
            queue.Enqueue(ActorRefs.Nobody, new Envelope(n, ActorRefs.NoSender));
        }

        queue.CleanUp(ActorRefs.Nobody, dead);
        Assert.Equal((0, 10), (queue.Count, dead.Count));
    }
}

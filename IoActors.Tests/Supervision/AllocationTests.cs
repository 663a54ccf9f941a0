using System;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Native;
using Akka.IoActors.Tests.Faults;
using Xunit;

namespace Akka.IoActors.Tests.Supervision;

/// <summary>What an operation costs in memory.</summary>
public sealed class AllocationTests
{
    [Fact]
    public async Task A_PRead_told_on_the_loop_makes_its_message_and_its_reply_and_nothing_else()
    {
        using var service = new FaultService("io-uring", "");
        System.IO.File.WriteAllBytes(service.PathOf("file"), new byte[4096]);
        var file = await service.OpenFile();
        var buffer = GC.AllocateArray<byte>(512, pinned: true);
        var bytes = await BytesOf(service, _ => new PRead(file, buffer, 0));

        // 48 and 32 bytes; the rest is what the runtime does now and then.
        Assert.InRange(bytes, 80.0, 81.0);
    }

    [Fact]
    public async Task A_socket_named_by_its_handle_is_looked_at_once_and_not_before_each_operation()
    {
        using var service = new FaultService("io-uring", "");
        Assert.Equal(0, Sys.SocketPair(out var first, out var second));
        using var sender = new SafeSocketHandle(first, ownsHandle: true);
        using var receiver = new SafeSocketHandle(second, ownsHandle: true);
        var buffer = GC.AllocateArray<byte>(64, pinned: true);

        // Of a socket pair both ends live on the one loop; so does whoever asks.
        var bytes = await BytesOf(
            service, last => last is Send ? new Recv(receiver, buffer) : new Send(sender, buffer));
        Assert.InRange(bytes, 80.0, 89.0);
    }

    /// <summary>What an operation makes, told by an actor on the loop, one after the other.</summary>
    private static Task<double> BytesOf(FaultService service, Func<IoOperation?, IoOperation> next)
    {
        var requester = service.System.ActorOf(
            Props.Create(() => new Requester(service.Io.Backend, next)).WithDispatcher(service.Io.Loops[0].Dispatcher));
        return requester.Ask<double>(Requester.Go.Instance, FaultService.Deadline);
    }

    /// <summary>Sends one operation after the other, and counts what its thread, the loop's, has allocated meanwhile.</summary>
    private sealed class Requester : ReceiveActor
    {
        private const int WarmUp = 2_000;
        private const int Measured = 20_000;

        private IActorRef _asker = ActorRefs.Nobody;
        private long _before;
        private int _done;

        public Requester(IActorRef backend, Func<IoOperation?, IoOperation> next)
        {
            Receive<IoResult>(result =>
            {
                if (++_done == WarmUp)
                {
                    _before = GC.GetAllocatedBytesForCurrentThread();
                }

                if (_done == WarmUp + Measured)
                {
                    _asker.Tell((GC.GetAllocatedBytesForCurrentThread() - _before) / (double)Measured);
                    return;
                }

                Assert.True(result.IsSuccess);
                backend.Tell(next(result.Operation), Self);
            });
            Receive<Go>(_ =>
            {
                _asker = Sender;
                backend.Tell(next(null), Self);
            });
        }

        internal sealed class Go
        {
            internal static readonly Go Instance = new();
        }
    }
}

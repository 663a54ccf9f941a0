using System;
using System.Threading.Tasks;
using Akka.Actor;
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
        var reader = service.System.ActorOf(
            Props.Create(() => new Reader(service.Io.Backend, file)).WithDispatcher(service.Io.Loops[0].Dispatcher));
        var bytes = await reader.Ask<double>(Reader.Go.Instance, FaultService.Deadline);

        // 48 and 32 bytes; the rest is what the runtime does now and then.
        Assert.InRange(bytes, 80.0, 81.0);
    }

    /// <summary>Reads one block after the other, and counts what its thread, the loop's, has allocated meanwhile.</summary>
    private sealed class Reader : ReceiveActor
    {
        private const int WarmUp = 2_000;
        private const int Measured = 20_000;

        private IActorRef _asker = ActorRefs.Nobody;
        private long _before;
        private int _done;

        public Reader(IActorRef backend, Descriptor file)
        {
            var buffer = GC.AllocateArray<byte>(512, pinned: true);
            Receive<IoResult>(_ =>
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

                backend.Tell(new PRead(file, buffer, 0), Self);
            });
            Receive<Go>(_ =>
            {
                _asker = Sender;
                backend.Tell(new PRead(file, buffer, 0), Self);
            });
        }

        internal sealed class Go
        {
            internal static readonly Go Instance = new();
        }
    }
}

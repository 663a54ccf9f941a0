using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;

namespace Akka.IoActors.Service.Tour;

/// <summary>A file, by Tell from an actor.</summary>
internal sealed class TellStep : ITourStep
{
    private const int Blocks = 512;
    private const int BlockSize = 4096;

    public string Title => "A file, by Tell from an actor, many operations in flight";

    public async Task<string> Run(ServiceHost host, Ledger ledger, string folder)
    {
        var path = Path.Combine(folder, "told");
        using var file = (await ledger.Submit(new Open(path, OpenFlags.ReadWrite | OpenFlags.Create))).ThrowIfFailed().Handle;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.System.ActorOf(Props.Create(() => new Teller(ledger, file, done)), "teller");
        await done.Task;
        var content = await File.ReadAllBytesAsync(path);
        for (var i = 0; i < Blocks; i++)
        {
            Check.That(
                content.AsSpan(i * BlockSize, BlockSize).SequenceEqual(Block(i)), $"block {i} is not what was written");
        }

        return $"{Blocks} blocks written and read back, each checked";
    }

    private static byte[] Block(int index) => [.. Enumerable.Repeat((byte)(index * 7 + index / 256), BlockSize)];

    /// <summary>Writes all blocks at once, reads each back as soon as it is written.</summary>
    private sealed class Teller : ReceiveActor
    {
        private int _left = Blocks;

        public Teller(Ledger ledger, Descriptor file, TaskCompletionSource done)
        {
            for (var i = 0; i < Blocks; i++)
            {
                ledger.Tell(new PWrite(file, Block(i), (long)i * BlockSize) { Tag = i }, Self);
            }

            Receive<IoResult>(result => result.Operation is PWrite, result =>
            {
                var index = (int)ledger.Got(result).Operation.Tag!;
                Fail(result.Value == BlockSize, result);
                ledger.Tell(new PRead(file, new byte[BlockSize], (long)index * BlockSize) { Tag = index }, Self);
            });
            Receive<IoResult>(result =>
            {
                var index = (int)ledger.Got(result).Operation.Tag!;
                Fail(((PRead)result.Operation).Buffer.Span.SequenceEqual(Block(index)), result);
                if (--_left == 0)
                {
                    done.TrySetResult();
                    Context.Stop(Self);
                }
            });

            void Fail(bool isSo, IoResult result)
            {
                if (!isSo)
                {
                    done.TrySetException(new CheckFailedException(result.ToString()));
                }
            }
        }
    }
}

using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors;

namespace Samples;

/// <summary>The code of docs/files.md.</summary>
public static class FilesSample
{
    /// <summary>The first bytes of a file, and its size.</summary>
    public static async Task<(string Head, long Size)> Ask(ActorSystem system, string path, IActorRef owner)
    {
        // begin files-ask
        var file = (await system.IoFiles().Ask(new Files.Open(path, owner: owner))).File;

        var head = (await file.Ask(new Files.Read(4096))).Bytes;
        var status = (await file.Ask(new Files.FStat())).File;

        await file.Ask(new Files.Close());

        // end files-ask
        return (head.ToString(), status.Size);
    }

    // begin files-journal
    /// <summary>A journal: who sends a string gets Files.Appended when it is on the device.</summary>
    public sealed class Journal : ReceiveActor, IWithStash
    {
        public Journal(string path)
        {
            // Ours, since we open it: it closes when we stop.
            var flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append;
            Context.System.IoFiles().Tell(new Files.Open(path, flags));

            Receive<Files.Opened>(opened =>
            {
                Become(() => Open(opened.File));
                Stash.UnstashAll();
            });
            Receive<Files.Failed>(failed => throw new FileException(failed));
            ReceiveAny(_ => Stash.Stash());
        }

        public IStash Stash { get; set; } = null!;

        // The answer goes to whoever has sent the entry.
        private void Open(IActorRef file) => Receive<string>(
            entry => file.Tell(new Files.Append(ByteString.FromString($"{entry}\n")), Sender));
    }

    // end files-journal

    // begin files-lines
    /// <summary>Counts the lines of a file, a hundred at a time.</summary>
    public sealed class LineCounter : ReceiveActor
    {
        private long _lines;

        public LineCounter(IActorRef file, IActorRef listener)
        {
            file.Tell(new Files.ReadLines());

            Receive<Files.Reading>(reading => reading.Reader.Tell(new Files.Demand(100)));
            Receive<Files.Line>(_ =>
            {
                if (++_lines % 100 == 0)
                {
                    Sender.Tell(new Files.Demand(100));
                }
            });
            Receive<Files.EndOfFile>(_ => listener.Tell(_lines));
            Receive<Files.Failed>(listener.Tell);
        }
    }

    // end files-lines
}

using Akka.Actor;

namespace Akka.IoActors.OpenFiles;

/// <summary>A command that a file has taken in and not answered yet.</summary>
internal sealed class FilePending(Files.Command command, IActorRef sender)
{
    internal Files.Command Command { get; } = command;

    internal IActorRef Sender { get; } = sender;

    /// <summary>Bytes that have been written, where an error stood in the way of the rest. Owned by the file.</summary>
    internal long Done { get; set; }
}

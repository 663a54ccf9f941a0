using Akka.Actor;
using Akka.Event;
using Akka.IoActors.Native;
using Akka.IoActors.OpenFiles;
using Akka.IoActors.Operations;
using Akka.IoActors.Sockets;

namespace Akka.IoActors.Supervision;

/// <summary>
/// The law of one reply, for operations that no backend got: whatever of them ends in the dead letters, because
/// its backend has stopped or never was, is answered to its sender: −ECANCELED, or −ESHUTDOWN for sockets. And
/// the law of no orphan, for replies that reach nobody.
/// </summary>
internal sealed class UndeliveredOperations : MinimalActorRef, IExtension
{
    private UndeliveredOperations(ExtendedActorSystem system)
    {
        Provider = system.Provider;
        Path = system.Provider.RootPath / "io-actors-undelivered";
        system.EventStream.Subscribe(this, typeof(DeadLetter));
    }

    /// <inheritdoc/>
    public override ActorPath Path { get; }

    /// <inheritdoc/>
    public override IActorRefProvider Provider { get; }

    /// <summary>Sees to it that the system's dead letters are watched.</summary>
    internal static void Watch(ActorSystem system) =>
        ExtensionId.Instance.Apply(system);

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef sender)
    {
        // Called by the event stream, on the thread of whoever sent the operation.
        if (message is DeadLetter { Message: IoOperation operation } letter)
        {
            var requester = letter.Sender.Equals(Provider.DeadLetters) ? ActorRefs.Nobody : letter.Sender;
            new IoResult(operation, -(long)operation.WhenStopped).DeliverTo(requester, letter.Recipient);
        }
        else if (message is DeadLetter { Message: Hold hold } held)
        {
            if (held.Recipient.Equals(hold.Carrier))
            {
                hold.Keeper.Tell(new HoldEnded(hold, Errno.None));
                TellInternal(new DeadLetter(hold.Operation, held.Sender, held.Recipient), sender);
            }
            else
            {
                hold.Carrier.Tell(new HoldEnded(hold, hold.Operation.WhenStopped));
            }
        }
        else if (message is DeadLetter { Message: ICarriesDescriptor carrier })
        {
            _ = Sys.Close(carrier.Fd);
        }
        else if (message is DeadLetter { Message: Files.Command command } late)
        {
            var failure = command is Files.Open open
                ? FileFailures.Of(command, open.Path, Errno.ECANCELED, "the service has stopped")
                : FileFailures.Of(command, null, Errno.EBADF, "the file is closed");
            late.Sender.Tell(failure, late.Recipient);
        }
        else if (message is DeadLetter { Message: Files.Opened opened } && opened.File is IInternalActorRef { IsLocal: true })
        {
            // Who opened it has gone, or has not waited for it.
            opened.File.Tell(new Files.Close(), ActorRefs.Nobody);
        }
        else if (message is DeadLetter { Message: IoResult result })
        {
            // The requester has stopped: what was opened or accepted for it is closed now, not when it is collected.
            result.Abandon();
        }
    }

    private sealed class ExtensionId : ExtensionIdProvider<UndeliveredOperations>
    {
        internal static readonly ExtensionId Instance = new();

        public override UndeliveredOperations CreateExtension(ExtendedActorSystem system) => new(system);
    }
}

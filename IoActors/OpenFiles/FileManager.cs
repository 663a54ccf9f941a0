using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Native;
using Akka.IoActors.Supervision;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.OpenFiles;

/// <summary>Opens files, and is the parent of their actors: <c>system.IoFiles()</c>.</summary>
internal sealed class FileManager(IoActorsExtension io) : ActorBase, IWithTimers
{
    private int _opening;
    private bool _stopping;

    /// <summary>Given by Akka.</summary>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override SupervisorStrategy SupervisorStrategy() => Tcp.ConnectionSupervisorStrategy;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Files.Open open when _stopping:
                Sender.Tell(FileFailures.Of(open, open.Path, Errno.ECANCELED, "the service stops"), Self);
                return true;
            case Files.Command { IsRemote: true } command when !io.Settings.FilesRemote:
                Sender.Tell(FileFailures.Remote(command, (command as Files.Open)?.Path), Self);
                return true;
            case Files.Open { Owner: null } open when Sender.IsTemporary():
                Sender.Tell(FileFailures.Of(open, open.Path, Errno.EINVAL, "an Ask must name an owner, or ActorRefs.Nobody"), Self);
                return true;
            case Files.Open open:
                _opening++;
                Open(open, Sender).PipeTo(Self);
                return true;
            case Opening opening:
                OnOpened(opening);
                return true;
            case IoSupervisor.StopServing stop:
                OnStop(stop);
                return true;
            case StopNow:
                Context.Stop(Self);
                return true;
            case Terminated:
                StopIfIdle();
                return true;
            case Files.Command command:
                Sender.Tell(FileFailures.Of(command, null, Errno.EINVAL, "it is for a file, the sender of Opened; the manager takes Open"), Self);
                return true;
            default:
                return false;
        }
    }

    private async Task<Opening> Open(Files.Open open, IActorRef opener) =>
        new(await io.Client.OpenAsync(open.Path, open.Flags, open.Mode).ConfigureAwait(false), open, opener);

    private void OnOpened(Opening opening)
    {
        _opening--;
        var (result, command, opener) = opening;
        if (!result.IsSuccess)
        {
            opener.Tell(FileFailures.Of(command, command.Path, result.Error, result.Error.Description(), result.OutcomeUnknown), Self);
        }
        else if (_stopping)
        {
            result.Handle.Dispose();
            opener.Tell(FileFailures.Of(command, command.Path, Errno.ECANCELED, "the service stops"), Self);
        }
        else
        {
            var file = new OpenFile(result.Handle, command, opener, command.Owner ?? opener);
            var loop = io.LoopOf(file.File);
            Context.Watch(Context.ActorOf(Props.CreateBy(new Producer(loop, file, io.Settings)).OnLoop(loop)));
        }

        StopIfIdle();
    }

    /// <summary>Has the files finish what they have; those that take too long are stopped.</summary>
    private void OnStop(IoSupervisor.StopServing stop)
    {
        _stopping = true;
        foreach (var file in Context.GetChildren())
        {
            file.Tell(FileActor.End, Self);
        }

        Timers.StartSingleTimer(nameof(StopNow), StopNow.Instance, stop.Deadline);
        StopIfIdle();
    }

    private void StopIfIdle()
    {
        using var files = Context.GetChildren().GetEnumerator();
        if (_stopping && _opening == 0 && !files.MoveNext())
        {
            Context.Stop(Self);
        }
    }

    private sealed record Opening(IoResult Result, Files.Open Command, IActorRef Opener) : LocalMessage;

    private sealed class StopNow
    {
        internal static readonly StopNow Instance = new();
    }

    internal sealed class Producer(IoLoop loop, OpenFile file, IoSettings settings) : IIndirectActorProducer
    {
        public Type ActorType => typeof(FileActor);

        public ActorBase Produce() => new FileActor(loop, file, settings);

        public void Release(ActorBase actor)
        {
        }
    }
}

/// <summary>A file that is to have its actor.</summary>
/// <param name="File">The descriptor.</param>
/// <param name="Command">What was wanted.</param>
/// <param name="Opener">Who wants it.</param>
/// <param name="Owner">Whose stop closes it.</param>
internal sealed record OpenFile(SafeFileHandle File, Files.Open Command, IActorRef Opener, IActorRef Owner);

/// <summary>What the managers want to know of refs.</summary>
internal static class Refs
{
    /// <summary>Whether it is nobody, or stands for one Ask: it is not to be watched.</summary>
    internal static bool IsTemporary(this IActorRef actor) =>
        actor.IsNobody() || actor.Path.Elements.Count == 0 || actor.Path.Elements[0] is "temp" or "deadLetters";
}

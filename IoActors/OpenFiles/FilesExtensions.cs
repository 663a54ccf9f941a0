using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;

namespace Akka.IoActors;

/// <summary>Commands to files as awaitable calls.</summary>
public static class FilesExtensions
{
    /// <summary>
    /// Asks the manager, a file or a reader, and gives the event that belongs to the command: <c>(await file.Ask(new Files.Read(4096))).Bytes</c>.
    /// </summary>
    /// <typeparam name="TEvent">The event.</typeparam>
    /// <param name="file">The manager, file or reader.</param>
    /// <param name="command">What is wanted of it.</param>
    /// <param name="timeout">How long to wait for the answer; for ever if null, since there is always one.</param>
    /// <param name="cancellation">Ends the waiting, not the command.</param>
    /// <exception cref="FileException">The command has failed.</exception>
    /// <exception cref="AskTimeoutException">There was no answer in time: it may come to pass all the same.</exception>
    public static async Task<TEvent> Ask<TEvent>(
        this ICanTell file, Files.Command<TEvent> command, TimeSpan? timeout = null, CancellationToken cancellation = default)
        where TEvent : Files.Event
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(command);
        var answer = await file.Ask<Files.Event>((object)command, timeout ?? Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
        return answer is Files.Failed failed ? throw new FileException(failed) : (TEvent)answer;
    }
}

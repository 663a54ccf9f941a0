using System;
using Akka.IoActors.OpenFiles;

namespace Akka.IoActors.Clustering.Handles;

/// <summary>What a handle takes in of the commands that it is sent: the same for a file on one node and one on several.</summary>
/// <param name="settings">The quotas.</param>
/// <param name="name">The file, as messages name it.</param>
internal sealed class CommandLimits(ClusterSettings settings, string name)
{
    /// <summary>Why a command is not taken in; null if it is.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isOpen">Whether the file takes commands.</param>
    /// <param name="pending">Commands that are not answered, by all that are asked.</param>
    /// <param name="bytes">The bytes that those bring, or ask for.</param>
    internal Files.Failed? Refusal(Files.Command command, bool isOpen, int pending, long bytes)
    {
        if (command.IsRemote)
        {
            return Failed(command, Errno.EACCES, "it comes from another node, and this handle is for its own");
        }

        if (command is Files.Open or Files.Demand)
        {
            return Failed(command, Errno.EINVAL, command is Files.Open ? "it is for the manager" : "it is for a reader");
        }

        if (!isOpen)
        {
            return Failed(command, Errno.EBADF, "the file is being closed");
        }

        if (command.Weight > settings.QuotaBytes)
        {
            return Failed(command, Errno.EMSGSIZE, FormattableString.Invariant(
                $"{command.Weight} bytes are more than io-actors-cluster.quota.bytes ({settings.QuotaBytes})"));
        }

        return command is not Files.Close && (pending >= settings.QuotaInFlight || bytes + command.Weight > settings.QuotaBytes)
            ? Failed(command, Errno.EAGAIN, FormattableString.Invariant($"{pending} commands with {bytes} bytes are pending"))
            : null;
    }

    internal Files.Failed Failed(Files.Command command, Errno error, string why, bool outcomeUnknown = false) =>
        FileFailures.Of(command, name, error, why, outcomeUnknown);
}

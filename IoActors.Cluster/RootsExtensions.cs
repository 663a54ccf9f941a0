using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;

namespace Akka.IoActors.Clustering;

/// <summary>Requests to roots as awaitable calls.</summary>
public static class RootsExtensions
{
    /// <summary>Asks the manager, and gives the reply that belongs to the request.</summary>
    /// <typeparam name="TReply">The reply.</typeparam>
    /// <param name="manager"><c>system.IoCluster().Manager</c>.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellation">Ends the waiting, not the request.</param>
    /// <exception cref="FileException">The request has failed. There is always an answer, at the latest after <c>request-timeout</c>.</exception>
    public static async Task<TReply> Ask<TReply>(this ICanTell manager, Roots.Request<TReply> request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(manager);
        ArgumentNullException.ThrowIfNull(request);
        var answer = await manager.Ask<object>((object)request, Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
        return answer is Files.Failed failed ? throw new FileException(failed) : (TReply)answer;
    }
}

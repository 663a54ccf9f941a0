using System.Collections.Generic;
using System.Linq;

namespace Akka.IoActors.Clustering.Export;

/// <summary>What the actors of an exporting node share.</summary>
/// <param name="Io">The service that reads and writes.</param>
/// <param name="Settings">The settings.</param>
/// <param name="Roots">What is exported, by its names.</param>
/// <param name="Ledger">The keys of appends.</param>
internal sealed record ExportService(
    IoActorsExtension Io, ClusterSettings Settings, IReadOnlyDictionary<string, ExportedRoot> Roots, AppendLedger Ledger)
{
    internal IReadOnlyList<RootExport> Exports => [.. Roots.Values.Select(root => root.Export)];
}

/// <summary>The one place where the failure of a request becomes a sentence.</summary>
internal static class RequestFailures
{
    internal static Files.Failed Of(Roots.Request request, Errno error, string why, bool outcomeUnknown = false)
    {
        var unknown = outcomeUnknown ? "; it may have taken effect" : "";
        return new Files.Failed(request.Name, error, $"{request.Name}{(request is Roots.Describe ? "" : $" of {request.Root}/{request.Path}")}: {error.Name()} ({why}){unknown}", outcomeUnknown)
        {
            Tag = request.Tag,
        };
    }
}

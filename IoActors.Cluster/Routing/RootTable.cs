using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using Akka.Util;

namespace Akka.IoActors.Clustering.Routing;

/// <summary>A node that a request goes to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Exporter">Takes the request.</param>
internal sealed record Target(string Name, Address Address, IActorRef Exporter);

/// <summary>The nodes that are known, with their roots. Immutable.</summary>
/// <param name="Nodes">The nodes, by their names.</param>
internal sealed record RootTable(IReadOnlyList<RootNode> Nodes)
{
    internal static readonly RootTable Empty = new([]);

    internal RootTable With(RootNode node) =>
        new([.. Nodes.Where(each => each.Address != node.Address && each.Name != node.Name).Append(node).OrderBy(each => each.Name, StringComparer.Ordinal)]);

    internal RootTable Without(Address address) => new([.. Nodes.Where(each => each.Address != address)]);

    /// <summary>Those that export a root, and how.</summary>
    internal IReadOnlyList<(RootNode Node, RootExport Export)> Exporters(string root) =>
        [.. from node in Nodes from export in node.Exports where export.Name == root select (node, export)];

    /// <summary>
    /// All that export a sharded root, those first that a path belongs to. Rendezvous hashing, the form of consistent hashing that gives an order: a node that
    /// comes or goes moves only what is its own.
    /// </summary>
    internal static IReadOnlyList<RootNode> Prefer(IEnumerable<RootNode> nodes, string path)
    {
        var key = RootPath.KeyOf(path);
        return [.. nodes.OrderByDescending(node => Weight(node.Name, key)).ThenBy(node => node.Name, StringComparer.Ordinal)];
    }

    private static uint Weight(string node, string key) => (uint)MurmurHash.StringHash($"{node}\n{key}");
}

using System.Collections.Generic;
using System.Linq;

namespace Akka.IoActors.Benchmarks;

/// <summary>A line of the table: ours against peers, and the ratio that is wanted.</summary>
/// <param name="Name">Such as <c>file.direct.tell.qd128</c>.</param>
/// <param name="What">What is measured, in words.</param>
/// <param name="Metric">The figure that is compared.</param>
/// <param name="Target">The ratio that is wanted; for a row without a peer, the most that the value may be.</param>
/// <param name="Ours">Our side.</param>
/// <param name="Peers">The others; the best of them counts.</param>
internal sealed record Row(
    string Name, string What, Metric Metric, double Target, SideSpec Ours, params IReadOnlyList<SideSpec> Peers)
{
    /// <summary>Our other backends, to be reported beside.</summary>
    internal IReadOnlyList<SideSpec> Beside { get; init; } = [];
}

/// <summary>A row, measured.</summary>
internal sealed record RowResult(Row Row, Rounds Ours, IReadOnlyList<Rounds> Peers, IReadOnlyList<Rounds> Beside, IReadOnlyList<string> Missing)
{
    /// <summary>The peer that did best.</summary>
    internal Rounds? Best => Row.Metric == Metric.Throughput
        ? Peers.MaxBy(peer => peer.Of(Metric.Throughput))
        : Peers.MinBy(peer => peer.Of(Row.Metric));

    /// <summary>Ours by the best peer, or the other way round where less is better; higher is always better.</summary>
    internal double? Ratio => Best is { } best ? RatioTo(Ours, best) : null;

    /// <summary>Whether the target is met; null if there was nothing to compare with.</summary>
    internal bool? IsMet => Row.Peers.Count == 0 ? Ours.Of(Row.Metric) <= Row.Target : Ratio is { } ratio ? ratio >= Row.Target : null;

    internal double RatioTo(Rounds ours, Rounds peer) => Row.Metric == Metric.Throughput
        ? ours.Of(Row.Metric) / peer.Of(Row.Metric)
        : peer.Of(Row.Metric) / ours.Of(Row.Metric);
}

using System;
using System.Diagnostics.CodeAnalysis;
using Akka.IoActors.Clustering;

namespace Akka.IoActors.Service.Nodes;

/// <summary>A path on another node: <c>io://HOST:PORT/ROOT/PATH</c>.</summary>
/// <param name="Node">The node, as host:port.</param>
/// <param name="Root">The name of the root.</param>
/// <param name="Path">The path beneath it; empty for the root itself.</param>
internal sealed record RemoteUrl(string Node, string Root, string Path)
{
    private const string Scheme = "io://";

    /// <summary>Whether it is meant to be one.</summary>
    internal static bool IsMeant(string text) => text.StartsWith(Scheme, StringComparison.Ordinal);

    internal static bool TryParse(string text, [NotNullWhen(true)] out RemoteUrl? url, out string error)
    {
        url = null;
        var parts = IsMeant(text) ? text[Scheme.Length..].Split('/', 3) : [];
        if (parts is not [{ Length: > 0 } node, { Length: > 0 } root, ..] || !Uri.TryCreate($"tcp://{node}", UriKind.Absolute, out var uri) || uri.Port <= 0)
        {
            error = $"'{text}' is no io://HOST:PORT/ROOT/PATH.";
            return false;
        }

        error = "";
        url = new RemoteUrl(node, root, parts.Length > 2 ? RootPath.Check(parts[2], nameof(text)) : "");
        return true;
    }

    internal RemoteUrl Child(string name) => this with { Path = RootPath.Join(Path, name) };

    public override string ToString() => $"{Scheme}{Node}/{Root}/{Path}";
}

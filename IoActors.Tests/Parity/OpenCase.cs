using System.Collections.Generic;

namespace Akka.IoActors.Tests.Parity;

/// <summary>A way to call open(2).</summary>
/// <param name="Name">The path in the world's folder; <see cref="Own"/> for that of the slot.</param>
/// <param name="Flags">How to open.</param>
public sealed record OpenCase(string Name, OpenFlags Flags)
{
    /// <summary>Stands for the file that the slot had at first.</summary>
    public const string Own = "<own>";

    private const OpenFlags Create = OpenFlags.Create | OpenFlags.ReadWrite;

    /// <summary>All of them: those that succeed come more than once.</summary>
    public static IReadOnlyList<OpenCase> All { get; } =
    [
        new(Own, OpenFlags.ReadWrite),
        new(Own, OpenFlags.ReadWrite | OpenFlags.Append),
        new(Own, OpenFlags.ReadOnly),
        new(Own, OpenFlags.WriteOnly),
        new(Own, Create),
        new(Own, OpenFlags.ReadWrite | OpenFlags.Truncate),
        new(Own, OpenFlags.WriteOnly | OpenFlags.Append | OpenFlags.Create),
        new(Own, OpenFlags.ReadWrite | OpenFlags.DataSync),
        new(Own, OpenFlags.ReadOnly | OpenFlags.NoAccessTime | OpenFlags.NonBlock),
        new(Own, OpenFlags.PathOnly),
        new(Own, OpenFlags.ReadOnly | OpenFlags.Directory),
        new(Own, Create | OpenFlags.Exclusive),
        new(Own + "/below", OpenFlags.ReadOnly),
        new(Own + "/", OpenFlags.ReadOnly),
        new(".", OpenFlags.ReadOnly | OpenFlags.Directory),
        new(".", OpenFlags.ReadWrite),
        new(".", OpenFlags.ReadWrite | OpenFlags.TemporaryFile),
        new("a", OpenFlags.ReadWrite),
        new("link", OpenFlags.ReadWrite),
        new("link", OpenFlags.ReadWrite | OpenFlags.NoFollow),
        new("loop", OpenFlags.ReadOnly),
        new("missing", OpenFlags.ReadOnly),
        new("missing/below", Create),
        new("new", Create),
        new("new", Create | OpenFlags.Exclusive),
        new(new string('n', 300), Create),
        new(new string('p', 5000), OpenFlags.ReadOnly),
        new("/dev/null", OpenFlags.ReadWrite),
    ];

    /// <inheritdoc/>
    public override string ToString() => $"\"{(Name.Length > 20 ? $"{Name[0]}×{Name.Length}" : Name)}\", {Flags}";
}

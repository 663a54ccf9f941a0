using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Samples;
using Xunit;

namespace Akka.IoActors.Tests.Samples;

/// <summary>The README's code is compiled, run, and the same as in the README.</summary>
public sealed partial class QuickStartTests : TestKit.Xunit2.TestKit
{
    private readonly string _path = Path.GetTempFileName();

    protected override void AfterAll()
    {
        File.Delete(_path);
        base.AfterAll();
    }

    [Fact]
    public async global::System.Threading.Tasks.Task Ask_reads_a_file()
    {
        await File.WriteAllTextAsync(_path, "what stands in it");
        Assert.Equal("what stands in it", await QuickStart.Ask(Sys, _path));
    }

    [Fact]
    public async global::System.Threading.Tasks.Task Client_appends_a_line()
    {
        Assert.Equal(7, await QuickStart.Client(Sys, _path));
        Assert.Equal(14, await QuickStart.Client(Sys, _path));
        Assert.Equal("a line\na line\n", await File.ReadAllTextAsync(_path));
    }

    [Fact]
    public void Tell_sums_a_file_up()
    {
        File.WriteAllBytes(_path, [.. Enumerable.Repeat((byte)3, 200_000)]);
        using var file = File.OpenHandle(_path);
        Sys.ActorOf(Props.Create(() => new QuickStart.Summer(file, TestActor)));
        ExpectMsg(600_000L, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void The_README_shows_these_samples()
    {
        var readme = File.ReadAllText(Path.Combine(Root(), "README.md"));
        var blocks = CSharpBlock().Matches(readme).Select(block => block.Groups[1].Value.Trim()).ToList();
        var sample = File.ReadAllLines(Path.Combine(Root(), "IoActors.Tests", "Samples", "QuickStart.cs"));
        foreach (var name in new[] { "ask", "client", "tell" })
        {
            Assert.Contains(Snippet(sample, name), blocks);
        }

        Assert.Contains(
            Snippet(File.ReadAllLines(Path.Combine(Root(), "IoActors.Service", "Echo", "EchoServer.cs")), "echo"), blocks);
    }

    private static string Snippet(IReadOnlyList<string> lines, string name)
    {
        var snippet = lines
            .SkipWhile(line => line.Trim() != $"// begin {name}").Skip(1)
            .TakeWhile(line => line.Trim() != $"// end {name}")
            .Where(line => !line.TrimStart().StartsWith("/// ", StringComparison.Ordinal))
            .ToList();
        var indent = snippet.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', snippet.Select(line => line.Length >= indent ? line[indent..] : line)).Trim();
    }

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}

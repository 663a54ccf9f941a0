using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace Akka.IoActors.Tests.Configuration;

/// <summary>What stands in docs/ is so: pages that are made, links that lead somewhere, and code that is compiled.</summary>
public sealed partial class DocsTests
{
    [Fact]
    public async Task The_page_of_keys_is_reference_conf()
    {
        var keys = new List<(string Key, string Value, string Text)>();
        var path = new List<string>();
        var comment = new List<string>();
        foreach (var line in (await File.ReadAllLinesAsync(Path.Combine(Root(), "hocon", "reference.conf"))).Select(line => line.Trim()))
        {
            if (line.StartsWith('#'))
            {
                comment.Add(line[1..].TrimStart());
                continue;
            }

            if (line.EndsWith('{'))
            {
                path.Add(line[..^1].Trim());
            }
            else if (line == "}")
            {
                path.RemoveAt(path.Count - 1);
            }
            else if (line.Contains('=', StringComparison.Ordinal))
            {
                var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
                keys.Add((string.Join('.', path.Append(parts[0])), parts[1], string.Join(' ', comment)));
            }

            comment.Clear();
        }

        // Every key that is read stands here, and nothing else.
        var settings = IoSettings.Parse(IoSettings.DefaultConfig());
        Assert.Equal(
            settings.KeysRead.Select(key => $"io-actors.{key}").Order(StringComparer.Ordinal),
            keys.Select(each => each.Key).Where(key => !key.StartsWith("io-actors.loop-dispatcher.", StringComparison.Ordinal) || settings.KeysRead.Contains(key["io-actors.".Length..])).Order(StringComparer.Ordinal));
        var page = new StringBuilder(
            """
            # Configuration

            Made from `hocon/reference.conf`, the only place where a default is written, by `DocsTests`
            (`IOACTORS_WRITE_DOCS=1 ./build.sh test DocsTests` writes it anew).

            | key | default | |
            | --- | --- | --- |

            """);
        foreach (var (key, value, text) in keys)
        {
            page.Append("| `").Append(key).Append("` | `").Append(value).Append("` | ").Append(text.Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");
        }

        var file = Path.Combine(Root(), "docs", "configuration.md");
        if (Environment.GetEnvironmentVariable("IOACTORS_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(file, page.ToString());
        }

        Assert.Equal(page.ToString(), await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Each_link_leads_to_a_file_and_each_page_is_in_the_index()
    {
        var pages = Directory.GetFiles(Path.Combine(Root(), "docs"), "*.md").Append(Path.Combine(Root(), "README.md")).ToList();
        var links = 0;
        foreach (var page in pages)
        {
            foreach (var target in Link().Matches(await File.ReadAllTextAsync(page)).Select(match => match.Groups[1].Value))
            {
                if (!target.StartsWith("http", StringComparison.Ordinal) && target[0] != '#')
                {
                    links++;
                    var path = Path.Combine(Path.GetDirectoryName(page)!, target.Split('#')[0]);
                    Assert.True(Path.Exists(path), $"{page}: {target}");
                }
            }
        }

        Assert.InRange(links, 15, 1000);
        var index = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "README.md"));
        Assert.All(
            pages.Select(page => Path.GetFileName(page)!).Where(name => name != "README.md"),
            name => Assert.Contains($"]({name})", index, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Code_of_the_pages_is_code_that_is_compiled()
    {
        var compiled = new List<string>();
        foreach (var file in Directory.GetFiles(Path.Combine(Root(), "IoActors.Tests", "Samples"), "*.cs").Append(Path.Combine(Root(), "IoActors.Service", "Echo", "EchoServer.cs")))
        {
            compiled.Add(Plain(await File.ReadAllTextAsync(file)));
        }

        var blocks = 0;
        foreach (var page in Directory.GetFiles(Path.Combine(Root(), "docs"), "*.md").Append(Path.Combine(Root(), "README.md")))
        {
            foreach (var block in Code().Matches(await File.ReadAllTextAsync(page)).Select(match => match.Groups[1].Value))
            {
                blocks++;
                Assert.True(compiled.Exists(text => text.Contains(Plain(block), StringComparison.Ordinal)), $"{page}:\n{block}");
            }
        }

        Assert.InRange(blocks, 8, 1000);
    }

    /// <summary>Without indentation, empty lines and docstrings.</summary>
    private static string Plain(string code) => string.Join('\n', code.Split('\n')
        .Select(line => line.Trim())
        .Where(line => line.Length > 0 && !line.StartsWith("///", StringComparison.Ordinal)));

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Code();
}

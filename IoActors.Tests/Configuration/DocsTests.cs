using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using System.Xml.Linq;
using Akka.IoActors.Clustering;
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
        var cluster = await File.ReadAllLinesAsync(Path.Combine(Root(), "hocon", "cluster.conf"));
        foreach (var line in (await File.ReadAllLinesAsync(Path.Combine(Root(), "hocon", "reference.conf"))).Concat(cluster).Select(line => line.Trim()))
        {
            if (line.StartsWith('#'))
            {
                comment.Add(line[1..].TrimStart());
                continue;
            }

            if (line.EndsWith("{ }", StringComparison.Ordinal))
            {
                keys.Add((string.Join('.', path.Append(line[..^3].Trim())), "{ }", string.Join(' ', comment)));
            }
            else if (line.EndsWith('{'))
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
            settings.KeysRead.Select(key => $"io-actors.{key}")
                .Concat(new ClusterSettings(ClusterSettings.DefaultConfig()).KeysRead.Select(key => $"io-actors-cluster.{key}")).Order(StringComparer.Ordinal),
            keys.Select(each => each.Key).Where(key => !key.StartsWith("io-actors.loop-dispatcher.", StringComparison.Ordinal) || settings.KeysRead.Contains(key["io-actors.".Length..])).Order(StringComparer.Ordinal));
        var page = new StringBuilder(
            """
            # Configuration

            Made from `hocon/reference.conf` and `hocon/cluster.conf`, the only places where a default is written, by `DocsTests`
            (`IOACTORS_WRITE_DOCS=1 ./build.sh test DocsTests` writes it anew).

            | key | default | |
            | --- | --- | --- |

            """);
        foreach (var (key, value, text) in keys)
        {
            page.Append("| `").Append(key).Append("` | `").Append(value).Append("` | ").Append(text.Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");
        }

        await IsPage("configuration.md", page.ToString());
    }

    [Fact]
    public async Task The_page_of_operations_is_their_docstrings()
    {
        var members = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "IoActors.xml")).Descendants("member")
            .ToDictionary(member => member.Attribute("name")!.Value);
        var page = new StringBuilder(
            """
            # Operations

            Made from the docstrings of the messages by `DocsTests` (`IOACTORS_WRITE_DOCS=1 ./build.sh test DocsTests` writes it anew). How each is carried
            out on which backend: [backends.md](backends.md). Any may also be answered −ECANCELED (cancelled, or the backend has stopped; −ESHUTDOWN
            for sockets), −ETIMEDOUT (its `Timeout`) and −EAGAIN (a queue is full).

            | operation | does | reply |
            | --- | --- | --- |

            """);
        foreach (var kind in Enum.GetNames<OperationKind>())
        {
            var member = members[$"T:Akka.IoActors.{kind}"];
            var reply = TextOf(member.Element("remarks"));
            Assert.False(string.IsNullOrWhiteSpace(reply), $"{kind} does not say what it replies");
            page.Append("| `").Append(kind).Append("` | ").Append(TextOf(member.Element("summary"))).Append(" | ").Append(reply).Append(" |\n");
        }

        await IsPage("operations.md", page.ToString());
    }

    [Fact]
    public async Task The_tests_that_are_named_exist()
    {
        var tests = typeof(DocsTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Where(method => method.IsDefined(typeof(FactAttribute), inherit: true)))
            .SelectMany(method => new[] { method.Name, $"{method.DeclaringType!.Name}.{method.Name}" })
            .ToHashSet(StringComparer.Ordinal);
        var named = TestName().Matches(await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "guarantees.md"))).Select(match => match.Groups[1].Value).ToList();
        Assert.InRange(named.Count, 20, 1000);
        Assert.All(named, name => Assert.Contains(name, tests));
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

    /// <summary>A docstring as Markdown, on one line.</summary>
    private static string TextOf(XElement? element)
    {
        var text = string.Concat(element?.Nodes().Select(node => node switch
        {
            XText plain => plain.Value,
            XElement { Name.LocalName: "para" } para => $" {TextOf(para)} ",
            XElement { HasAttributes: true } see => $"`{(see.Attribute("cref") ?? see.Attribute("langword") ?? see.Attribute("name"))!.Value.Split('(')[0].Split('.')[^1]}`",
            XElement code => $"`{code.Value}`",
            _ => "",
        }) ?? []);
        return string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static async Task IsPage(string name, string text)
    {
        var file = Path.Combine(Root(), "docs", name);
        if (Environment.GetEnvironmentVariable("IOACTORS_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(file, text);
        }

        Assert.Equal(text, await File.ReadAllTextAsync(file));
    }

    /// <summary>Without indentation, empty lines and docstrings.</summary>
    private static string Plain(string code) => string.Join('\n', code.Split('\n')
        .Select(line => line.Trim())
        .Where(line => line.Length > 0 && !line.StartsWith("///", StringComparison.Ordinal)));

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([A-Za-z]+_[A-Za-z0-9_]+|[A-Za-z]+Tests\\.[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Code();
}

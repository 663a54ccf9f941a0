using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Tasks;
using Akka.Configuration;
using Akka.IoActors.Backends.IoUring;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Configuration;

/// <summary>docs/backends.md and the overrides beside reference.conf say what is so.</summary>
public sealed class BackendDocsTests
{
    [SkippableFact]
    public async Task The_table_of_operations_is_what_the_backends_say_of_themselves()
    {
        var rows = new Dictionary<string, IReadOnlyDictionary<OperationKind, OperationPath>>();
        foreach (var backend in new[] { "io-uring", "epoll", "thread-pool" })
        {
            using var system = BackendFixture.Start(backend);
            rows[backend] = (await system.IoActors().Client.GetInfoAsync()).Paths;
            await system.Terminate();
        }

        Skip.If(
            rows["io-uring"].Any(row => row.Key is not (OperationKind.CopyRange or OperationKind.ReadLink or OperationKind.ReadDirectory)
                && row.Value.Path == "offload pool"),
            $"the rings of Linux {IoUringProbe.Run().Kernel} lack opcodes: the table would be another one");
        var expected = Render(rows);
        var file = Path.Combine(Root(), "docs", "backends.md");
        if (Environment.GetEnvironmentVariable("IOACTORS_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(file, expected);
        }

        Assert.Equal(expected, await File.ReadAllTextAsync(file));
    }

    [Theory]
    [InlineData("io-uring", "io_uring")]
    [InlineData("epoll", "epoll")]
    [InlineData("thread-pool", "thread-pool")]
    public async Task Each_override_starts_its_backend(string name, string backend)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Root(), "hocon", $"{name}.conf"));
        using var system = BackendFixture.Start("auto", text);
        Assert.Equal(backend, (await system.IoActors().Client.GetInfoAsync()).Backend);
        Assert.Equal(IoSettings.Parse(ConfigurationFactory.ParseString(text)).OffloadThreads, system.IoActors().Settings.OffloadThreads);
        await system.Terminate();
    }

    private static string Render(Dictionary<string, IReadOnlyDictionary<OperationKind, OperationPath>> rows)
    {
        var text = new StringBuilder(
            """
            # How each operation is carried out

            Made from `GetInfo` by `BackendDocsTests` (`IOACTORS_WRITE_DOCS=1 ./build.sh test BackendDocs` writes it anew), on a
            kernel that has every opcode. An operation whose opcode a kernel lacks goes to the offload pool there, alone;
            `ioactors doctor` shows the paths of the machine that it runs on. In brackets: the first kernel that has it.

            | operation | io-uring | epoll | thread-pool |
            | --- | --- | --- | --- |

            """);
        foreach (var kind in Enum.GetValues<OperationKind>())
        {
            text.Append("| ").Append(kind);
            foreach (var paths in rows.Values)
            {
                var path = paths[kind];
                text.Append(" | ").Append(path.Path).Append(path.Since.Length > 0 ? $" ({path.Since})" : "");
            }

            text.Append(" |\n");
        }

        return text.ToString();
    }

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}

using System;
using System.IO;
using System.Linq;
using Akka.Actor;
using Akka.IO;
using Samples;
using Xunit;

namespace Akka.IoActors.Tests.Samples;

/// <summary>The code of docs/files.md does what it says.</summary>
public sealed class FilesSampleTests : TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

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
        Assert.Equal(("what stands in it", 17L), await FilesSample.Ask(Sys, _path, TestActor));
    }

    [Fact]
    public async global::System.Threading.Tasks.Task The_journal_answers_when_it_has_an_entry()
    {
        var journal = Sys.ActorOf(Props.Create(() => new FilesSample.Journal(_path)));
        var appended = await global::System.Threading.Tasks.Task.WhenAll(
            Enumerable.Range(0, 100).Select(n => journal.Ask<Files.Appended>($"entry {n:d2}", s_deadline)));
        Assert.Equal(Enumerable.Range(0, 100).Select(n => 9L * n), appended.Select(each => each.Position));
        Assert.Equal(Enumerable.Range(0, 100).Select(n => $"entry {n:d2}"), await File.ReadAllLinesAsync(_path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(1234)]
    public async global::System.Threading.Tasks.Task The_counter_counts_lines(int count)
    {
        await File.WriteAllLinesAsync(_path, Enumerable.Range(0, count).Select(n => n.ToString(global::System.Globalization.CultureInfo.InvariantCulture)));
        var file = (await Sys.IoFiles().Ask(new Files.Open(_path, owner: TestActor), s_deadline)).File;
        Sys.ActorOf(Props.Create(() => new FilesSample.LineCounter(file, TestActor)));
        await ExpectMsgAsync((long)count, s_deadline);
    }
}

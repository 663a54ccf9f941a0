using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>A tree copied by File.Copy in Parallel.ForEach. An operation is a file.</summary>
internal sealed class CopyFileSide(SideSpec spec) : ISide
{
    public Task<Sample> Run(TimeSpan time) => Task.Run(() =>
    {
        var from = Path.Combine(spec.Get("folder"), "tree");
        var to = Path.Combine(spec.Get("folder"), "tree-by-net");
        if (Directory.Exists(to))
        {
            Directory.Delete(to, recursive: true);
        }

        var meter = new Meter();
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetFileName(folder)));
        }

        var files = Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).ToList();
        Parallel.ForEach(files, file => File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file))));
        return meter.Stop(files.Count);
    });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

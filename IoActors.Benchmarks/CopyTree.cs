using System;
using System.IO;

namespace Akka.IoActors.Benchmarks;

/// <summary>The tree that is copied: many small files in folders of a hundred, and two large ones.</summary>
internal static class CopyTree
{
    internal static void Make(string folder, bool quick)
    {
        var root = Path.Combine(folder, "tree");
        var files = quick ? 2_000 : 20_000;
        var large = quick ? 128 : 1024;
        var done = Path.Combine(folder, $"tree-of-{files}");
        if (File.Exists(done))
        {
            return;
        }

        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        foreach (var other in Directory.EnumerateFiles(folder, "tree-of-*"))
        {
            File.Delete(other);
        }

        var random = new Random(1);
        for (var n = 0; n < files; n++)
        {
            var sub = Directory.CreateDirectory(Path.Combine(root, $"d{n / 100}"));
            var bytes = new byte[random.Next(100, 16_384)];
            random.NextBytes(bytes);
            File.WriteAllBytes(Path.Combine(sub.FullName, $"f{n}"), bytes);
        }

        for (var n = 0; n < 2; n++)
        {
            using var file = File.Create(Path.Combine(root, $"large{n}"), 1 << 20);
            var block = new byte[1 << 20];
            for (var mib = 0; mib < large; mib++)
            {
                random.NextBytes(block);
                file.Write(block);
            }
        }

        File.WriteAllText(done, "");
    }
}

using System;
using System.IO;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks;

/// <summary>The files that are read and written.</summary>
internal sealed class BenchFiles
{
    private const long DataSize = 1L << 30;

    internal BenchFiles(string folder)
    {
        Folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(Folder);
        if (!File.Exists(Data) || new FileInfo(Data).Length != DataSize)
        {
            using var file = File.Create(Data, 1 << 20);
            var block = new byte[1 << 20];
            var random = new Random(1);
            for (var written = 0L; written < DataSize; written += block.Length)
            {
                random.NextBytes(block);
                file.Write(block);
            }

            file.Flush(flushToDisk: true);
        }
    }

    internal string Folder { get; }

    /// <summary>1 GiB of random bytes.</summary>
    internal string Data => Path.Combine(Folder, "data.bin");

    /// <summary>Reads the file once: some machines reclaim page cache that idles, and a cached row would measure the disk.</summary>
    internal async Task MakeResident()
    {
        using var handle = File.OpenHandle(Data);
        var block = new byte[4 << 20];
        for (var offset = 0L; offset < DataSize; offset += block.Length)
        {
            await RandomAccess.ReadAsync(handle, block, offset);
        }
    }

    /// <summary>Writes what is dirty, and drops the page cache; needs root, and is left out without.</summary>
    internal static async Task DropCaches()
    {
        using var sync = System.Diagnostics.Process.Start("sync");
        await sync.WaitForExitAsync();
        if (Environment.IsPrivilegedProcess)
        {
            await File.WriteAllTextAsync("/proc/sys/vm/drop_caches", "3");
        }
    }
}

using System;
using System.IO;
using System.Threading.Tasks;

namespace Akka.IoActors.Service.Tour;

/// <summary>A file, by Ask.</summary>
internal sealed class AskStep : ITourStep
{
    public string Title => "A file, by await backend.Ask<IoResult>(...)";

    public async Task<string> Run(ServiceHost host, Ledger ledger, string folder)
    {
        var path = Path.Combine(folder, "asked");
        var data = new byte[100_000];
        new Random(1).NextBytes(data);
        using var file = (await ledger.Ask(new Open(path, OpenFlags.ReadWrite | OpenFlags.Create))).ThrowIfFailed().Handle;
        Expect(await ledger.Ask(new PWrite(file, data, 0)), data.Length);
        Expect(await ledger.Ask(new FSync(file)), 0);
        var size = (await ledger.Ask(new FStat(file))).ThrowIfFailed().Status.Size;
        Check.That(size == data.Length, $"FStat says {size} bytes");
        var back = new byte[data.Length];
        Expect(await ledger.Ask(new PRead(file, back, 0)), data.Length);
        Check.That(data.AsSpan().SequenceEqual(back), "other bytes came back than were written");
        Expect(await ledger.Ask(new FTruncate(file, 1000)), 0);
        Expect(await ledger.Ask(new Close(file)), 0);
        Check.That(new FileInfo(path).Length == 1000, "FTruncate did not cut the file");
        var missing = await ledger.Ask(new Open(Path.Combine(folder, "missing")));
        Check.That(missing.Error == Errno.ENOENT, $"a missing file answered {missing}");
        return $"opened, wrote, synced, looked at, read, cut and closed {data.Length:N0} bytes; a missing file said ENOENT";
    }

    private static void Expect(IoResult result, long value) =>
        Check.That(result.GetValueOrThrow() == value, $"{result}, not {value}");
}

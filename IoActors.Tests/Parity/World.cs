using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Akka.IoActors.Native;

namespace Akka.IoActors.Tests.Parity;

/// <summary>
/// The descriptors and files that one run of a trace has to itself. Every world begins alike. The numbers are high
/// ones that the kernel gives to nobody, so that a number that is closed stays closed.
/// </summary>
internal sealed class World : IDisposable
{
    private const int FirstNumber = 3000;

    /// <summary>Where ranges of numbers start that no world has at the moment.</summary>
    private static readonly ConcurrentBag<int> FreeNumbers =
        [.. Enumerable.Range(0, 64).Select(i => FirstNumber + i * Slots.Count)];

    /// <summary>What the files have in them at first: made once, since there are thousands of worlds.</summary>
    private static readonly byte[][] s_contents = [.. Enumerable.Range(0, Slots.Files).Select(Content)];

    private readonly int _first;

    internal World(string folder)
    {
        Folder = folder;
        Directory.CreateDirectory(folder);
        if (!FreeNumbers.TryTake(out _first))
        {
            throw new InvalidOperationException("too many worlds at once");
        }

        for (var slot = 0; slot < Slots.Files; slot++)
        {
            File.WriteAllBytes(PathOf(Slots.FileNameOf(slot)), s_contents[slot]);
        }

        File.CreateSymbolicLink(PathOf("link"), "a");
        File.CreateSymbolicLink(PathOf("loop"), "loop");
        for (var slot = 0; slot < Slots.Opened; slot++)
        {
            Renew(slot);
        }
    }

    private static byte[] Content(int slot)
    {
        var bytes = new byte[10_000 * (slot + 1)];
        new Random(slot).NextBytes(bytes);
        return bytes;
    }

    internal string Folder { get; }

    /// <summary>The number that a slot has as long as it is open.</summary>
    internal int NumberOf(int slot) => slot switch
    {
        < Slots.Opened => _first + slot,
        Slots.Opened => -1,
        Slots.Opened + 1 => _first + slot,

        // AT_FDCWD, which some calls take for the working directory.
        _ => -100,
    };

    internal bool IsOpen(int slot) => Libc.IsOpen(NumberOf(slot));

    /// <summary>A path in the folder, or an absolute one.</summary>
    internal string PathOf(string name) => name == "." ? Folder : Path.Combine(Folder, name);

    /// <summary>The path that an Open of a slot names.</summary>
    internal string PathOf(OpenCase openCase, int slot) =>
        PathOf(openCase.Name.Replace(OpenCase.Own, Slots.FileNameOf(slot), StringComparison.Ordinal));

    /// <summary>Gives a descriptor that an Open returned the number of a slot, or closes it.</summary>
    internal void Adopt(int fd, int slot, bool keep)
    {
        if (keep)
        {
            Libc.Move(fd, NumberOf(slot));
        }
        else
        {
            _ = Sys.Close(fd);
        }
    }

    /// <summary>Puts a new file into a slot, or a new pipe or socket pair into it and its peer.</summary>
    internal void Renew(int slot)
    {
        if (Slots.IsFile(slot))
        {
            var flags = Slots.FileFlags[slot].ToNative();
            Libc.Move((int)Check(OpenAt(PathOf(Slots.FileNameOf(slot)), flags)), NumberOf(slot));
            return;
        }

        var isPipe = Slots.IsPipe(slot);
        Check(isPipe ? Sys.Pipe(out var first, out var second) : Sys.SocketPair(out first, out second));
        Libc.Move(first, NumberOf(Math.Min(slot, Slots.PeerOf(slot))));
        Libc.Move(second, NumberOf(Math.Max(slot, Slots.PeerOf(slot))));
    }

    /// <summary><c>open(2)</c>.</summary>
    internal static long OpenAt(string path, int flags)
    {
        var bytes = Encoding.UTF8.GetBytes(path + "\0");
        using var pin = new Pin(bytes);
        return Sys.OpenAt(Sys.AtWorkingDirectory, pin.Address, flags, (uint)Open.DefaultMode);
    }

    /// <summary>
    /// What there is at the end, name by name: positions, what the streams still hold, and the files' bytes. Empties
    /// the streams.
    /// </summary>
    internal IReadOnlyList<(string Name, byte[] Bytes)> Snapshot()
    {
        var parts = new List<(string, byte[])>();
        for (var slot = 0; slot < Slots.Opened; slot++)
        {
            var fd = NumberOf(slot);
            if (!Libc.IsOpen(fd))
            {
                parts.Add(($"{Slots.NameOf(slot)} is closed", []));
            }
            else if (Slots.IsFile(slot))
            {
                parts.Add(($"{Slots.NameOf(slot)} is at {Sys.LSeek(fd, 0, 1)}", []));
            }
            else
            {
                parts.Add(($"{Slots.NameOf(slot)} holds", Drain(fd)));
            }
        }

        foreach (var path in Directory.GetFiles(Folder).Order(StringComparer.Ordinal))
        {
            var bytes = File.ResolveLinkTarget(path, returnFinalTarget: false) is null ? File.ReadAllBytes(path) : [];
            parts.Add(($"file {Path.GetFileName(path)}", bytes));
        }

        return parts;
    }

    /// <summary>Closes everything, and removes the folder.</summary>
    public void Dispose()
    {
        for (var slot = 0; slot < Slots.Opened; slot++)
        {
            _ = Sys.Close(NumberOf(slot));
        }

        FreeNumbers.Add(_first);
        Directory.Delete(Folder, recursive: true);
    }

    private static byte[] Drain(int fd)
    {
        var bytes = new byte[Libc.BytesIn(fd)];
        var done = 0;
        using var pin = new Pin(bytes);
        while (done < bytes.Length)
        {
            done += (int)Check(Sys.Read(fd, pin.Address + done, bytes.Length - done));
        }

        return bytes;
    }

    private static long Check(long result) =>
        result >= 0 ? result : throw new InvalidOperationException($"errno {(Errno)(int)-result}");
}

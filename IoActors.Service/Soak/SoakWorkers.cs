using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.IoActors.Native;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Service.Soak;

/// <summary>Does something over and over, and checks what comes of it. One task.</summary>
internal abstract class SoakWorker(Ledger ledger, SoakCounts counts, Random random) : IDisposable
{
    /// <summary>How long a round may take, restarts included.</summary>
    internal static TimeSpan Deadline { get; } = TimeSpan.FromMinutes(1);

    protected SoakCounts Counts { get; } = counts;

    protected Random Random { get; } = random;

    public abstract void Dispose();

    internal virtual Task Start() => Task.CompletedTask;

    internal abstract Task Round();

    protected Task<IoResult> Submit(IoOperation operation) => ledger.Submit(operation);

    /// <summary>Sends, and insists on a value.</summary>
    protected async Task Must(IoOperation operation, long value)
    {
        var result = await Submit(operation);
        Check.That(result.IsSuccess && result.Value == value, $"{result}, and not {value}");
    }

    protected byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Reads until so many bytes are there.</summary>
    protected async Task<byte[]> ReadAll(Func<Memory<byte>, IoOperation> read, int count)
    {
        var bytes = new byte[count];
        for (var got = 0; got < count;)
        {
            var result = await Submit(read(bytes.AsMemory(got)));
            Check.That(result.IsSuccess && result.Value > 0, $"{result} after {got} of {count} bytes");
            got += (int)result.Value;
        }

        return bytes;
    }

    /// <summary>Ends a wait by a cancellation or by its time, whichever it is.</summary>
    protected async Task EndWait(Func<TimeSpan?, IoOperation> make, Func<IoResult, Task> arrived)
    {
        Counts.Fault();
        IoResult result;
        if (Random.Next(2) == 0)
        {
            result = await Submit(make(TimeSpan.FromMilliseconds(Random.Next(1, 20))));
            Check.That(result.IsSuccess || result.Error == Errno.ETIMEDOUT, result.ToString());
        }
        else
        {
            var operation = make(null);
            var waiting = Submit(operation);
            var cancelled = await Submit(new Cancel(operation));
            Check.That(cancelled.Error is Errno.None or Errno.ENOENT, cancelled.ToString());
            result = await waiting;
            Check.That(result.IsSuccess || result.Error == Errno.ECANCELED, result.ToString());
        }

        if (result.IsSuccess)
        {
            await arrived(result);
        }
    }
}

/// <summary>A file: blocks written anywhere, several at once, synced, read back, cut.</summary>
internal sealed class FileWorker(Ledger ledger, SoakCounts counts, Random random, string path)
    : SoakWorker(ledger, counts, random)
{
    private const int Block = 4096;
    private const int Blocks = 256;

    private readonly byte[] _expected = new byte[Block * Blocks];
    private SafeFileHandle? _file;

    public override void Dispose() => _file?.Dispose();

    internal override async Task Start()
    {
        const OpenFlags flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Truncate;
        _file = (await Submit(new Open(path, flags))).ThrowIfFailed().Handle;
        await Must(new FTruncate(_file, _expected.Length), 0);
    }

    internal override async Task Round()
    {
        var file = _file!;
        var places = Enumerable.Range(0, Blocks).OrderBy(_ => Random.Next()).Take(16).ToArray();
        await Task.WhenAll(places.Select(place =>
        {
            var bytes = Bytes(Block);
            bytes.CopyTo(_expected, place * Block);
            return Must(new PWrite(file, bytes, place * Block), Block);
        }));
        if (Random.Next(8) == 0)
        {
            await Must(Random.Next(2) == 0 ? new FSync(file) : new FDataSync(file), 0);
        }

        var buffers = places.Select(_ => new byte[Block]).ToArray();
        await Task.WhenAll(places.Select((place, i) => Must(new PRead(file, buffers[i], place * Block), Block)));
        for (var i = 0; i < places.Length; i++)
        {
            Check.That(
                buffers[i].AsSpan().SequenceEqual(_expected.AsSpan(places[i] * Block, Block)),
                $"block {places[i]} of {path} is not what was written");
        }

        if (Random.Next(16) == 0)
        {
            var length = Random.Next(_expected.Length);
            await Must(new FTruncate(file, length), 0);
            Array.Clear(_expected, length, _expected.Length - length);
            var status = await Submit(new FStat(file));
            Check.That(status.IsSuccess && status.Status.Size == length, $"{status}: not {length} bytes long");
            await Must(new FTruncate(file, _expected.Length), 0);
        }
    }
}

/// <summary>A pipe: more written than it holds, read in parts; waits that are ended.</summary>
internal sealed class PipeWorker(Ledger ledger, SoakCounts counts, Random random) : SoakWorker(ledger, counts, random)
{
    private SafeFileHandle? _read;
    private SafeFileHandle? _write;

    public override void Dispose()
    {
        _read?.Dispose();
        _write?.Dispose();
    }

    internal override Task Start()
    {
        var result = Sys.Pipe(out var read, out var write);
        Check.That(result == 0, "no pipe is to be had");
        (_read, _write) = (new SafeFileHandle(read, true), new SafeFileHandle(write, true));
        return Task.CompletedTask;
    }

    internal override async Task Round()
    {
        var bytes = Bytes(Random.Next(1, 200_000));
        var writing = Must(new Write(_write!, bytes), bytes.Length);
        var got = await ReadAll(buffer => new Read(_read!, buffer), bytes.Length);
        await writing;
        Check.That(got.AsSpan().SequenceEqual(bytes), "a pipe has changed its bytes");
        await EndWait(
            timeout => new Read(_read!, new byte[1]) { Timeout = timeout },
            result => throw new CheckFailedException($"{result}: from an empty pipe"));
    }
}

/// <summary>A socket pair: both ways at once; waits that are ended, or that a Close ends.</summary>
internal sealed class SocketWorker(Ledger ledger, SoakCounts counts, Random random) : SoakWorker(ledger, counts, random)
{
    private (SafeSocketHandle Near, SafeSocketHandle Far) _pair;

    public override void Dispose()
    {
        _pair.Near?.Dispose();
        _pair.Far?.Dispose();
    }

    internal override Task Start()
    {
        _pair = Breaker.MakePair();
        return Task.CompletedTask;
    }

    internal override async Task Round()
    {
        var (there, back) = (Bytes(Random.Next(1, 50_000)), Bytes(Random.Next(1, 50_000)));
        var receiving = ReadAll(buffer => new Recv(_pair.Far, buffer), there.Length);
        var returning = ReadAll(buffer => new Recv(_pair.Near, buffer), back.Length);
        await Task.WhenAll(
            Must(new Send(_pair.Near, there), there.Length), Must(new Send(_pair.Far, back), back.Length));
        Check.That((await receiving).AsSpan().SequenceEqual(there), "a socket has changed its bytes");
        Check.That((await returning).AsSpan().SequenceEqual(back), "a socket has changed its bytes");
        await EndWait(
            timeout => new Recv(_pair.Far, new byte[1]) { Timeout = timeout },
            result => throw new CheckFailedException($"{result}: from a silent socket"));
        if (Random.Next(10) == 0)
        {
            Counts.Fault();
            var waits = new List<Task<IoResult>> { Submit(new Recv(_pair.Near, new byte[1])), Submit(new Recv(_pair.Near, new byte[1])) };
            await Must(new Close(_pair.Near), 0);
            Check.That(
                Array.TrueForAll(await Task.WhenAll(waits), result => result.Error == Errno.ECANCELED),
                "a wait has outlived its socket");
            await Must(new Recv(_pair.Far, new byte[1]), 0);
            Dispose();
            _pair = Breaker.MakePair();
        }
    }
}

/// <summary>TCP on loopback: accepted, talked over, ended or reset; accepts that are ended.</summary>
internal sealed class ConnectionWorker(Ledger ledger, SoakCounts counts, Random random)
    : SoakWorker(ledger, counts, random)
{
    private Socket? _listener;

    public override void Dispose() => _listener?.Dispose();

    internal override Task Start()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(16);
        return Task.CompletedTask;
    }

    internal override async Task Round()
    {
        var accepting = Submit(new Accept(_listener!));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(_listener!.LocalEndPoint!);
        using var server = (await accepting).ThrowIfFailed().SocketHandle;
        var bytes = Bytes(Random.Next(1, 100_000));
        var sending = Must(new Send(client, bytes), bytes.Length);
        var got = await ReadAll(buffer => new Recv(server, buffer), bytes.Length);
        await sending;
        Check.That(got.AsSpan().SequenceEqual(bytes), "a connection has changed its bytes");
        if (Random.Next(2) == 0)
        {
            Counts.Fault();
            var waiting = Submit(new Recv(server, new byte[1]));
            client.LingerState = new LingerOption(true, 0);
            client.Dispose();
            Check.That((await waiting).Error == Errno.ECONNRESET, "a reset went unnoticed");
        }
        else
        {
            client.Dispose();
            await Must(new Recv(server, new byte[1]), 0);
        }

        await EndWait(
            timeout => new Accept(_listener!) { Timeout = timeout },
            result => throw new CheckFailedException($"{result}: nobody had connected"));
    }
}

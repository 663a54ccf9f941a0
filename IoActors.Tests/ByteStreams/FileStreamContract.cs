#pragma warning disable CA2022 // these reads are to fail, or to come short

using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.ByteStreams;

/// <summary>What a stream over a file promises: FileStream and ours pass it both.</summary>
public abstract class FileStreamContract : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("io-actors-").FullName;

    private string FilePath => Path.Combine(_folder, "file");

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_is_written_is_read_asynchronously_and_not()
    {
        var data = Bytes(100_000);
        await using (var stream = await Open(FileAccess.ReadWrite, FileMode.Create))
        {
            await stream.WriteAsync(data.AsMemory(0, 50_000));
            stream.Write(data, 50_000, 25_000);
            stream.Write(data.AsSpan(75_000));
            Assert.Equal((100_000, 100_000), (stream.Position, stream.Length));
            stream.Position = 0;
            var back = new byte[100_000];
            await stream.ReadExactlyAsync(back.AsMemory(0, 40_000));
            stream.ReadExactly(back, 40_000, 40_000);
            stream.ReadExactly(back.AsSpan(80_000));
            Assert.Equal(data, back);
            Assert.Equal(0, await stream.ReadAsync(back));
            Assert.Equal(0, stream.Read(back));
            Assert.Equal(-1, stream.ReadByte());
            Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        }

        Assert.Equal(data, await File.ReadAllBytesAsync(FilePath));
    }

    [Fact]
    public async Task It_is_sought_cut_and_grown()
    {
        await using var stream = await Open(FileAccess.ReadWrite, FileMode.Create);
        await stream.WriteAsync(Bytes(1_000));
        Assert.Equal(900, stream.Seek(-100, SeekOrigin.End));
        Assert.Equal(905, stream.Seek(5, SeekOrigin.Current));
        Assert.Equal(Bytes(1_000)[905], stream.ReadByte());
        stream.SetLength(500);
        Assert.Equal((500, 500), (stream.Length, stream.Position));
        stream.Position = 700;
        Assert.Equal(0, await stream.ReadAsync(new byte[10]));
        stream.WriteByte(7);
        Assert.Equal(701, stream.Length);
        stream.Position = 600;
        Assert.Equal(0, stream.ReadByte());
        Assert.Throws<IOException>(() => stream.Seek(-1, SeekOrigin.Begin));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Position = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.SetLength(-1));
        Assert.Equal(601, stream.Position);
    }

    [Fact]
    public async Task It_says_what_it_can_and_refuses_the_rest()
    {
        await File.WriteAllBytesAsync(FilePath, Bytes(10));
        var reader = await Open(FileAccess.Read, FileMode.Open);
        Assert.Equal((true, false, true, false), (reader.CanRead, reader.CanWrite, reader.CanSeek, reader.CanTimeout));
        Assert.Throws<NotSupportedException>(() => reader.WriteByte(1));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await reader.WriteAsync(new byte[1]));
        Assert.Throws<NotSupportedException>(() => reader.SetLength(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadAsync(new byte[1], new CancellationToken(true)));
        Assert.Throws<ArgumentNullException>(() => reader.Read(null!, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read(new byte[1], 0, 2));
        await reader.FlushAsync();
        await reader.DisposeAsync();
        await reader.DisposeAsync();
        reader.Dispose();
        Assert.Equal((false, false, false), (reader.CanRead, reader.CanWrite, reader.CanSeek));
        Assert.Throws<ObjectDisposedException>(() => reader.ReadByte());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await reader.ReadAsync(new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => reader.Position);
        Assert.Throws<ObjectDisposedException>(() => reader.Length);
        Assert.Throws<ObjectDisposedException>(() => reader.Flush());

        await using var writer = await Open(FileAccess.Write, FileMode.Open);
        Assert.Equal((false, true), (writer.CanRead, writer.CanWrite));
        Assert.Throws<NotSupportedException>(() => writer.ReadByte());
        File.Delete(FilePath);
        await Assert.ThrowsAsync<FileNotFoundException>(async () => await Open(FileAccess.Read, FileMode.Open));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(async () => await Open(FileAccess.Write, FileMode.Open, _folder));
    }

    [Fact]
    public async Task It_appends()
    {
        await File.WriteAllTextAsync(FilePath, "first ");
        await using (var stream = await Open(FileAccess.Write, FileMode.Append))
        {
            await stream.WriteAsync("second "u8.ToArray());
            await File.AppendAllTextAsync(FilePath, "");
            stream.Write("third"u8);
        }

        Assert.Equal("first second third", await File.ReadAllTextAsync(FilePath));
    }

    [Fact]
    public async Task Text_is_written_and_read_by_lines()
    {
        var lines = Enumerable.Range(0, 5_000).Select(n => $"line {n} äöü").ToList();
        await using (var writer = new StreamWriter(await Open(FileAccess.Write, FileMode.Create), Encoding.UTF8))
        {
            foreach (var line in lines)
            {
                await writer.WriteLineAsync(line);
            }
        }

        using var reader = new StreamReader(await Open(FileAccess.Read, FileMode.Open));
        foreach (var line in lines)
        {
            Assert.Equal(line, await reader.ReadLineAsync());
        }

        Assert.Null(reader.ReadLine());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("brotli")]
    [InlineData("buffered")]
    public async Task It_is_compressed_and_expanded(string how)
    {
        var data = Bytes(300_000);
        Array.Clear(data, 50_000, 100_000);
        await using (var stream = Pack(await Open(FileAccess.Write, FileMode.Create)))
        {
            await stream.WriteAsync(data);
        }

        await using var expanded = Unpack(await Open(FileAccess.Read, FileMode.Open));
        var copy = new MemoryStream();
        await expanded.CopyToAsync(copy);
        Assert.Equal(data, copy.ToArray());

        Stream Pack(Stream stream) => how switch
        {
            "gzip" => new GZipStream(stream, CompressionLevel.Fastest),
            "brotli" => new BrotliStream(stream, CompressionLevel.Fastest),
            _ => new BufferedStream(stream, 1000),
        };

        Stream Unpack(Stream stream) => how switch
        {
            "gzip" => new GZipStream(stream, CompressionMode.Decompress),
            "brotli" => new BrotliStream(stream, CompressionMode.Decompress),
            _ => new BufferedStream(stream, 1000),
        };
    }

    [Fact]
    public async Task It_holds_an_archive()
    {
        using (var archive = new ZipArchive(await Open(FileAccess.ReadWrite, FileMode.Create), ZipArchiveMode.Create))
        {
            for (var n = 0; n < 5; n++)
            {
                await using var entry = archive.CreateEntry($"{n}").Open();
                await entry.WriteAsync(Bytes(10_000 * n, n));
            }
        }

        using var read = new ZipArchive(await Open(FileAccess.Read, FileMode.Open), ZipArchiveMode.Read);
        for (var n = 4; n >= 0; n--)
        {
            await using var entry = read.GetEntry($"{n}")!.Open();
            var copy = new MemoryStream();
            await entry.CopyToAsync(copy);
            Assert.Equal(Bytes(10_000 * n, n), copy.ToArray());
        }
    }

    [Fact]
    public async Task It_holds_JSON_and_has_a_hash()
    {
        var numbers = Enumerable.Range(0, 20_000).ToArray();
        await using (var stream = await Open(FileAccess.Write, FileMode.Create))
        {
            await JsonSerializer.SerializeAsync(stream, numbers);
        }

        await using var read = await Open(FileAccess.Read, FileMode.Open);
        Assert.Equal(numbers, await JsonSerializer.DeserializeAsync<int[]>(read));
        read.Position = 0;
        Assert.Equal(SHA256.HashData(await File.ReadAllBytesAsync(FilePath)), await SHA256.HashDataAsync(read));
    }

    [Fact]
    public async Task Pages_are_read_and_written_at_random_as_a_database_does()
    {
        await using var stream = await Open(FileAccess.ReadWrite, FileMode.Create);
        var random = new Random(5);
        var pages = new int[64];
        var page = new byte[4096];
        for (var n = 0; n < 2_000; n++)
        {
            var at = random.Next(pages.Length);
            stream.Position = at * 4096L;
            if (random.Next(2) == 0)
            {
                pages[at] = n;
                page.AsSpan().Clear();
                BinaryPrimitives.WriteInt32LittleEndian(page, n);
                await stream.WriteAsync(page);
            }
            else if (stream.Length >= (at + 1) * 4096L)
            {
                await stream.ReadExactlyAsync(page);
                Assert.Equal(pages[at], BinaryPrimitives.ReadInt32LittleEndian(page));
            }
        }
    }

    [Fact]
    public async Task Pipelines_read_and_write_it()
    {
        var data = Bytes(500_000);
        var writer = PipeWriter.Create(await Open(FileAccess.Write, FileMode.Create));
        await writer.WriteAsync(data);
        await writer.CompleteAsync();
        var reader = PipeReader.Create(await Open(FileAccess.Read, FileMode.Open));
        var copy = new MemoryStream();
        await reader.CopyToAsync(copy);
        await reader.CompleteAsync();
        Assert.Equal(data, copy.ToArray());
    }

    [Fact]
    public async Task The_old_way_of_asynchrony_works()
    {
        await using var stream = await Open(FileAccess.ReadWrite, FileMode.Create);
        await Task.Factory.FromAsync(stream.BeginWrite, stream.EndWrite, Bytes(100), 0, 100, null);
        stream.Position = 0;
        var buffer = new byte[200];
        Assert.Equal(100, await Task<int>.Factory.FromAsync(stream.BeginRead, stream.EndRead, buffer, 0, 200, null));
        Assert.Equal(Bytes(100), buffer[..100]);
    }

    /// <summary>A stream over a file.</summary>
    protected abstract Task<Stream> Open(FileAccess access, FileMode mode, string path);

    private Task<Stream> Open(FileAccess access, FileMode mode) => Open(access, mode, FilePath);

    private static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

/// <summary>FileStream: what is asked of ours is true of it.</summary>
public sealed class NetFileStreamContract : FileStreamContract
{
    /// <inheritdoc/>
    protected override Task<Stream> Open(FileAccess access, FileMode mode, string path) =>
        Task.FromResult<Stream>(new FileStream(path, mode, access, FileShare.ReadWrite | FileShare.Delete, 0, useAsync: true));
}

/// <summary>Ours on some backend.</summary>
public abstract class IoFileStreamContract(BackendFixture fixture) : FileStreamContract
{
    /// <inheritdoc/>
    protected override async Task<Stream> Open(FileAccess access, FileMode mode, string path)
    {
        var flags = access switch
        {
            FileAccess.Read => OpenFlags.ReadOnly,
            FileAccess.Write => OpenFlags.WriteOnly,
            _ => OpenFlags.ReadWrite,
        };
        flags |= mode switch
        {
            FileMode.Create => OpenFlags.Create | OpenFlags.Truncate,
            FileMode.Append => OpenFlags.Create | OpenFlags.Append,
            _ => OpenFlags.ReadOnly,
        };
        return await IoFileStream.OpenAsync(fixture.Io.Client, path, flags);
    }
}

/// <summary>On io_uring.</summary>
public sealed class IoUringFileStreamContract(IoUringFixture fixture) : IoFileStreamContract(fixture), IClassFixture<IoUringFixture>;

/// <summary>On several loops of epoll.</summary>
public sealed class EpollLoopsFileStreamContract(EpollLoopsFixture fixture)
    : IoFileStreamContract(fixture), IClassFixture<EpollLoopsFixture>;

/// <summary>On threads.</summary>
public sealed class ThreadPoolFileStreamContract(ThreadPoolFixture fixture)
    : IoFileStreamContract(fixture), IClassFixture<ThreadPoolFixture>;

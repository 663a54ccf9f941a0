using System;
using System.IO;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>System calls that answer as the kernel does.</summary>
public sealed class SysTests
{
    // No process may have that many open.
    private const int NotOpen = int.MaxValue;
    private const int BadDescriptor = -(int)Errno.EBADF;

    /// <summary>What decides between cursor and stream.</summary>
    [Fact]
    public void A_file_is_seekable_and_pipes_and_sockets_are_not()
    {
        using var file = File.OpenHandle("/proc/self/exe");
        using var pipe = new Pipe();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Assert.Equal(1, Sys.IsSeekable((int)file.DangerousGetHandle()));
        Assert.Equal(-(int)Errno.ESPIPE, Sys.IsSeekable(pipe.ReadEnd));
        Assert.Equal(-(int)Errno.ESPIPE, Sys.IsSeekable((int)socket.SafeHandle.DangerousGetHandle()));
        Assert.Equal(BadDescriptor, Sys.IsSeekable(NotOpen));
        Assert.Equal(BadDescriptor, Sys.IsSeekable(-1));
    }

    /// <summary>EBADF from all that take a descriptor.</summary>
    [Fact]
    public void A_descriptor_that_is_not_open_is_EBADF_everywhere()
    {
        using var block = new NativeBlock();
        var memory = block.Ensure(512);
        Assert.Equal(BadDescriptor, Sys.Read(NotOpen, memory, 8));
        Assert.Equal(BadDescriptor, Sys.Write(NotOpen, memory, 8));
        Assert.Equal(BadDescriptor, Sys.PRead(NotOpen, memory, 8, 0));
        Assert.Equal(BadDescriptor, Sys.PWrite(NotOpen, memory, 8, 0));
        Assert.Equal(BadDescriptor, Sys.FSync(NotOpen));
        Assert.Equal(BadDescriptor, Sys.FTruncate(NotOpen, 0));
        Assert.Equal(BadDescriptor, Sys.LSeek(NotOpen, 0, 0));
        Assert.Equal(BadDescriptor, Sys.Accept(NotOpen, 0, 0));
        Assert.Equal(BadDescriptor, Sys.Recv(NotOpen, memory, 8, 0));
        Assert.Equal(BadDescriptor, Sys.Send(NotOpen, memory, 8, 0));
        Assert.Equal(BadDescriptor, Sys.Close(NotOpen));
        Assert.Equal(BadDescriptor, Sys.Statx(NotOpen, memory + 256, Statx.EmptyPath, Statx.AllMask, memory));
    }

    /// <summary>Others than EBADF.</summary>
    [Fact]
    public void Each_error_is_the_kernel_s_own()
    {
        using var block = new NativeBlock();
        using var pipe = new Pipe();
        var memory = block.Ensure(64);
        "/no/such/file\0"u8.CopyTo(block.Span);
        Assert.Equal(-(int)Errno.ENOENT, Sys.OpenAt(Sys.AtWorkingDirectory, memory, 0, 0));
        Assert.Equal(-(int)Errno.EFAULT, Sys.OpenAt(Sys.AtWorkingDirectory, 1, 0, 0));
        Assert.Equal(-(int)Errno.ESPIPE, Sys.PRead(pipe.ReadEnd, memory, 8, 0));
        Assert.Equal(-(int)Errno.EINVAL, Sys.FSync(pipe.ReadEnd));
        Assert.Equal(-(int)Errno.EINVAL, Sys.FTruncate(pipe.WriteEnd, 0));
        Assert.Equal(-(int)Errno.ENOTSOCK, Sys.Recv(pipe.ReadEnd, memory, 8, 0));
        Assert.Equal(-(int)Errno.ENOTSOCK, Sys.Accept(pipe.ReadEnd, 0, 0));
        Assert.Equal(-(int)Errno.EINVAL, Sys.GetRLimit(1000, out _, out _));
    }

    /// <summary>Sizes and offsets past 2³² arrive whole.</summary>
    [Fact]
    public void Offsets_have_64_bits()
    {
        using var block = new NativeBlock();
        var memory = block.Ensure(16);
        var path = Path.GetTempFileName();
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            var fd = (int)file.DangerousGetHandle();
            "hello"u8.CopyTo(block.Span);
            Assert.Equal(5, Sys.PWrite(fd, memory, 5, 0x2_0000_0001));
            Assert.Equal(0x2_0000_0006, Sys.LSeek(fd, 0, 2));
            block.Span.Clear();
            Assert.Equal(4, Sys.PRead(fd, memory, 16, 0x2_0000_0002));
            Assert.Equal("ello"u8, block.Span[..4]);
            Assert.Equal(0, Sys.FTruncate(fd, 0x3_0000_0000));
            Assert.Equal(0x3_0000_0000, RandomAccess.GetLength(file));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>As .NET sees it.</summary>
    [Fact]
    public void Statx_tells_what_there_is()
    {
        using var block = new NativeBlock();
        var memory = block.Ensure(Statx.ByteSize + 1);
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[12345]);
            using var file = File.OpenHandle(path);
            Assert.Equal(0, Sys.Statx(
                (int)file.DangerousGetHandle(), memory + Statx.ByteSize, Statx.EmptyPath, Statx.AllMask, memory));
            var status = new FileStatus(MemoryMarshal.Read<Statx>(block.Span));
            Assert.Equal(FileType.Regular, status.Type);
            Assert.Equal(12345, status.Size);
            Assert.Equal(1, status.Links);
            Assert.Equal(File.GetUnixFileMode(path), status.Mode);
            Assert.Equal(File.GetLastWriteTimeUtc(path), status.ModifyTime.UtcDateTime);
            Assert.Equal(File.GetLastAccessTimeUtc(path), status.AccessTime.UtcDateTime);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>What the shell and /proc say.</summary>
    [Fact]
    public void Limits_are_those_of_proc()
    {
        foreach (var line in File.ReadLines("/proc/self/limits"))
        {
            if (line.StartsWith("Max open files", StringComparison.Ordinal))
            {
                Assert.Equal(Parse(line), ResourceLimits.NoFile);
            }
            else if (line.StartsWith("Max locked memory", StringComparison.Ordinal))
            {
                Assert.Equal(Parse(line), ResourceLimits.MemLock);
            }
        }

        static (ulong Soft, ulong Hard) Parse(string line)
        {
            var words = line[26..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return (Limit(words[0]), Limit(words[1]));
        }

        static ulong Limit(string word) =>
            word == "unlimited" ? ulong.MaxValue : ulong.Parse(word, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The counter adds up, and a wait takes it all.</summary>
    [Fact]
    public void An_eventfd_takes_all_its_signals_at_once() => OwnThread.Run(() =>
    {
        using var bell = new EventFd();
        using var block = new NativeBlock();
        bell.Signal();
        bell.Signal();
        bell.Signal();
        Assert.Equal(8, Sys.Read(bell.Descriptor, block.Ensure(8), 8));
        Assert.Equal(3ul, MemoryMarshal.Read<ulong>(block.Span));
        var ringer = OwnThread.Start(bell.Signal);
        bell.Wait();
        ringer.Join();
        bell.Dispose();
        Assert.Equal(-1, bell.Descriptor);
    });
}

using System;
using System.Buffers;
using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// Lists one directory, a buffer at a time, whatever its size: <c>getdents64(2)</c>, since the
/// enumerations of .NET give names as text.
/// </summary>
internal sealed class DirectoryReader : IDisposable
{
    // struct linux_dirent64: inode, offset, length of the record, type, name with a NUL.
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;
    private const int BufferSize = 16 * 1024;

    private readonly SafeFileHandle _handle;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _position;
    private int _length;

    private DirectoryReader(FilePath path, SafeFileHandle handle, FileStatus status)
    {
        Path = path;
        Status = status;
        _handle = handle;
    }

    /// <summary>The directory.</summary>
    internal FilePath Path { get; }

    /// <summary>What it was when it was opened.</summary>
    internal FileStatus Status { get; }

    /// <summary>Opens a directory; not through a symbolic link, unless a slash behind it says so.</summary>
    /// <returns>0, or a negative errno.</returns>
    internal static int Open(FilePath path, out DirectoryReader? reader)
    {
        reader = null;
        var fd = Sys.OpenPath(path.Terminated, NativeOpenFlags.Directory | NativeOpenFlags.NoFollow);
        if (fd < 0)
        {
            return fd;
        }

        var handle = new SafeFileHandle(fd, ownsHandle: true);
        var result = Sys.Stat(fd, out var statx);
        if (result < 0)
        {
            handle.Dispose();
            return result;
        }

        reader = new DirectoryReader(path, handle, new FileStatus(statx));
        return 0;
    }

    /// <summary>The next entry, without <c>.</c> and <c>..</c>.</summary>
    /// <returns>1; 0 at the end; a negative errno.</returns>
    internal int Next(out ReadOnlySpan<byte> name, out FileType type)
    {
        name = default;
        type = FileType.Unknown;
        while (true)
        {
            if (_position == _length)
            {
                _position = 0;
                _length = 0;
                var read = Sys.ReadDirectory((int)_handle.DangerousGetHandle(), _buffer);
                if (read <= 0)
                {
                    return read;
                }

                _length = read;
            }

            var record = _buffer.AsSpan(_position);
            _position += MemoryMarshal.Read<ushort>(record[LengthOffset..]);
            name = record[NameOffset..];
            name = name[..name.IndexOf((byte)0)];

            // DT_REG and its like are the types of st_mode, shifted.
            type = (FileType)(record[TypeOffset] << 12);
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                return 1;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }
}

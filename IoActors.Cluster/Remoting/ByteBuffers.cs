using System;
using System.Collections.Generic;
using System.IO;
using Akka.IO;

namespace Akka.IoActors.Remoting;

/// <summary>
/// The arrays that a ByteString is made of, which it shows to nobody but a stream that it is written to. It never changes them, so they may be
/// kept.
/// </summary>
internal sealed class ByteBuffers : Stream
{
    private readonly List<ReadOnlyMemory<byte>> _buffers = [];

    private ByteBuffers()
    {
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Its bytes where they are; in one array, if they are in too many.</summary>
    internal static IReadOnlyList<ReadOnlyMemory<byte>> Of(ByteString bytes, int most)
    {
        using var buffers = new ByteBuffers();
        bytes.WriteTo(buffers);
        return buffers._buffers.Count <= most ? buffers._buffers : [bytes.ToArray()];
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => _buffers.Add(buffer.AsMemory(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}

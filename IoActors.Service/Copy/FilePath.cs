using System;
using System.Globalization;
using System.Text;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// A path as the kernel has it: bytes. What a directory lists need not be UTF-8, and must be copied all the
/// same; a string would lose it.
/// </summary>
internal sealed class FilePath
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, true);

    private readonly byte[] _bytes;

    private FilePath(byte[] bytes) => _bytes = bytes;

    /// <summary>A path that a user wrote.</summary>
    /// <param name="text">Not empty, without a NUL.</param>
    internal FilePath(string text)
        : this(Encoding.UTF8.GetBytes(text + '\0'))
    {
    }

    /// <summary>The bytes, with the NUL behind them.</summary>
    internal ReadOnlySpan<byte> Terminated => _bytes;

    /// <summary>Whether it ends with a slash, and so means a directory.</summary>
    internal bool EndsWithSlash => Path[^1] == '/';

    /// <summary>The last component without slashes behind it; empty for the root.</summary>
    internal ReadOnlySpan<byte> Name
    {
        get
        {
            var trimmed = Path.TrimEnd((byte)'/');
            return trimmed[(trimmed.LastIndexOf((byte)'/') + 1)..];
        }
    }

    /// <summary>The directory that the last component stands in.</summary>
    internal FilePath Parent
    {
        get
        {
            var trimmed = Path.TrimEnd((byte)'/');
            var slash = trimmed.LastIndexOf((byte)'/');
            return slash switch
            {
                < 0 => trimmed.IsEmpty ? new FilePath("/") : new FilePath("."),
                0 => new FilePath("/"),
                _ => From(trimmed[..slash]),
            };
        }
    }

    private ReadOnlySpan<byte> Path => _bytes.AsSpan(0, _bytes.Length - 1);

    /// <summary>The path of an entry of this directory.</summary>
    internal FilePath Child(ReadOnlySpan<byte> name)
    {
        var bytes = new byte[Path.Length + (EndsWithSlash ? 0 : 1) + name.Length + 1];
        Path.CopyTo(bytes);
        bytes[^(name.Length + 2)] = (byte)'/';
        name.CopyTo(bytes.AsSpan(bytes.Length - 1 - name.Length));
        return new FilePath(bytes);
    }

    /// <summary>The path as text, if it is UTF-8.</summary>
    internal bool TryGetText(out string text) => TryGetText(Path, out text);

    /// <summary>Bytes as text, if they are UTF-8.</summary>
    internal static bool TryGetText(ReadOnlySpan<byte> bytes, out string text)
    {
        try
        {
            text = Strict.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }

    /// <summary>For a message of one line: what is no printable text is written as <c>\x0a</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var rest = Path;
        while (!rest.IsEmpty)
        {
            var known = Rune.DecodeFromUtf8(rest, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (known && !Rune.IsControl(rune))
            {
                text.Append(rune);
            }
            else
            {
                foreach (var b in rest[..length])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
                }
            }

            rest = rest[length..];
        }

        return text.ToString();
    }

    private static FilePath From(ReadOnlySpan<byte> path)
    {
        var bytes = new byte[path.Length + 1];
        path.CopyTo(bytes);
        return new FilePath(bytes);
    }
}

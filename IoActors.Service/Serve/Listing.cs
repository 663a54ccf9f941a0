using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Service.Serve;

/// <summary>The page of a directory without an index.html: directories first, each with a link, its size and its time.</summary>
internal static class Listing
{
    /// <summary>More entries than these are not shown, and the page says so.</summary>
    internal const int Most = 10_000;

    /// <summary>Entries that are looked at at once.</summary>
    private const int AtOnce = 64;

    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Makes the page.</summary>
    /// <param name="client">The client of the directory's loop.</param>
    /// <param name="directory">The directory, open.</param>
    /// <param name="path">Its path, as in the request: with a slash at both ends.</param>
    /// <returns>HTML in UTF-8.</returns>
    /// <exception cref="IoException">The directory could not be read.</exception>
    internal static async Task<byte[]> Make(IoClient client, SafeFileHandle directory, string path)
    {
        var entries = new List<DirectoryEntry>();
        while (entries.Count <= Most)
        {
            var read = (await client.ReadDirectoryAsync(directory).ConfigureAwait(false)).ThrowIfFailed();
            if (read.Value == 0)
            {
                break;
            }

            entries.AddRange(read.Entries);
        }

        var shown = entries.Count > Most ? entries.GetRange(0, Most) : entries;
        shown.Sort(static (a, b) => (a.Type == FileType.Directory) == (b.Type == FileType.Directory)
            ? string.CompareOrdinal(a.Name, b.Name)
            : a.Type == FileType.Directory ? -1 : 1);
        var page = new StringBuilder(256 + (160 * shown.Count));
        var title = HtmlEncoder.Default.Encode(path);
        page.Append(
            CultureInfo.InvariantCulture,
            $$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>{{title}}</title>
            <style>
            :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
            body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
            table { border-collapse: collapse; width: 100%; }
            th, td { text-align: left; padding: .1rem .8rem .1rem 0; }
            .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
            a { text-decoration: none; } a:hover { text-decoration: underline; }
            </style></head><body>
            <h1>{{title}}</h1>
            <table><thead><tr><th>Name</th><th class="n">Size</th><th class="n">Modified (UTC)</th></tr></thead><tbody>

            """);
        if (path.Length > 1)
        {
            page.Append("<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
        }

        foreach (var some in shown.Chunk(AtOnce))
        {
            // All at once: the ring takes them together.
            var statuses = some.Select(entry => client.SubmitAsync(new Stat(entry.Name, follow: false, directory)).AsTask()).ToList();
            for (var n = 0; n < some.Length; n++)
            {
                Append(page, some[n], await statuses[n].ConfigureAwait(false));
            }
        }

        page.Append("</tbody></table>\n");
        if (entries.Count > Most)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>The first {Most} entries of a larger directory.</p>\n");
        }

        page.Append("</body></html>\n");
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private static void Append(StringBuilder page, DirectoryEntry entry, IoResult status)
    {
        // A file system may keep no types with its names.
        var type = entry.Type == FileType.Unknown && status.IsSuccess ? status.Status.Type : entry.Type;
        var name = HtmlEncoder.Default.Encode(entry.Name);
        var slash = type == FileType.Directory ? "/" : "";

        // Bytes that are no UTF-8 cannot be asked for: Kestrel takes paths that are.
        page.Append(entry.Name.Contains('\uFFFD', StringComparison.Ordinal)
            ? $"<tr><td>{name}{slash}"
            : $"<tr><td><a href=\"./{Uri.EscapeDataString(entry.Name)}{slash}\">{name}{slash}</a>");
        var size = type switch
        {
            FileType.Regular => status.IsSuccess ? Size(status.Status.Size) : "",
            FileType.SymbolicLink => "link",
            FileType.Directory => "",
            _ => "special",
        };
        var time = status.IsSuccess ? status.Status.ModifyTime.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "";
        page.Append(CultureInfo.InvariantCulture, $"</td><td class=\"n\">{size}</td><td class=\"n\">{time}</td></tr>\n");
    }

    private static string Size(long bytes)
    {
        double value = bytes;
        var unit = 0;
        for (; value >= 1024 && unit < s_units.Length - 1; unit++)
        {
            value /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 || value >= 100 ? $"{value:F0}" : $"{value:F1}")} {s_units[unit]}");
    }
}

using System;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Service.Serve;

/// <summary>The files that <c>ioactors serve</c> serves.</summary>
public sealed partial class ServeFilesTests
{
    public static TheoryData<string, string> Ways { get; } = new()
    {
        { "io-uring", "loop" }, { "io-uring", "thread-pool" }, { "epoll", "loop" }, { "epoll", "thread-pool" }, { "thread-pool", "loop" },
        { "thread-pool", "thread-pool" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Files_come_whole_and_in_ranges(string backend, string scheduling)
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder(), "--backend", backend, "--scheduling", scheduling, "--loops", "2");
        foreach (var size in new[] { 0, 1, 4096, 65_537, 3_000_000 })
        {
            var bytes = serve.Write($"file-{size}.bin", size);
            using var whole = await serve.Get($"/file-{size}.bin");
            Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
            Assert.Equal(size, whole.Content.Headers.ContentLength);
            Assert.Equal("application/octet-stream", whole.Content.Headers.ContentType!.ToString());
            Assert.Equal(bytes, await whole.Content.ReadAsByteArrayAsync());
            using var head = await serve.Send(HttpMethod.Head, $"/file-{size}.bin");
            Assert.Equal((HttpStatusCode.OK, size), (head.StatusCode, (int)head.Content.Headers.ContentLength!));
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }

        var large = await File.ReadAllBytesAsync(serve.PathOf("file-3000000.bin"));
        foreach (var (range, from, to) in new[] { ("0-0", 0, 0), ("100-299", 100, 299), ("2999999-", 2_999_999, 2_999_999), ("-500", 2_999_500, 2_999_999), ("10-9999999", 10, 2_999_999) })
        {
            using var part = await serve.Get("/file-3000000.bin", ("Range", $"bytes={range}"));
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal($"bytes {from}-{to}/3000000", part.Content.Headers.ContentRange!.ToString());
            Assert.Equal(large[from..(to + 1)], await part.Content.ReadAsByteArrayAsync());
        }

        using var beyond = await serve.Get("/file-3000000.bin", ("Range", "bytes=3000000-"));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
        Assert.Equal("bytes */3000000", beyond.Content.Headers.ContentRange!.ToString());

        var many = await Task.WhenAll(Enumerable.Range(0, 50).Select(async n =>
        {
            using var response = await serve.Get(n % 2 == 0 ? "/file-3000000.bin" : "/file-65537.bin");
            return (await response.Content.ReadAsByteArrayAsync()).Length;
        }));
        Assert.Equal(25 * (3_000_000 + 65_537), many.Sum());
    }

    [Fact]
    public async Task Conditions_save_the_body_until_the_file_changes()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder());
        serve.Write("file.bin", 1000);
        using var first = await serve.Get("/file.bin");
        var tag = first.Headers.ETag!;
        var time = first.Content.Headers.LastModified!.Value.ToString("R", CultureInfo.InvariantCulture);
        Assert.False(tag.IsWeak);
        foreach (var header in new[] { ("If-None-Match", tag.Tag), ("If-None-Match", $"W/{tag.Tag}"), ("If-None-Match", $"\"other\", {tag.Tag}"), ("If-Modified-Since", time) })
        {
            using var same = await serve.Get("/file.bin", header);
            Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
            Assert.Equal(tag, same.Headers.ETag);
            Assert.Empty(await same.Content.ReadAsByteArrayAsync());
        }

        using var part = await serve.Get("/file.bin", ("If-Range", tag.Tag), ("Range", "bytes=0-9"));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        using var refused = await serve.Get("/file.bin", ("If-Match", "\"other\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.StatusCode);

        var changed = serve.Write("file.bin", 1001);
        using var other = await serve.Get("/file.bin", ("If-None-Match", tag.Tag));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.NotEqual(tag, other.Headers.ETag);
        Assert.Equal(changed, await other.Content.ReadAsByteArrayAsync());

        // A part of the new one would not fit to what the client has of the old one: it gets the whole.
        using var whole = await serve.Get("/file.bin", ("If-Range", tag.Tag), ("Range", "bytes=0-9"));
        Assert.Equal((HttpStatusCode.OK, 1001), (whole.StatusCode, (await whole.Content.ReadAsByteArrayAsync()).Length));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Text_is_compressed_for_those_who_can_read_it(string encoding)
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder());
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(n => $"line {n}\n"));
        await File.WriteAllTextAsync(serve.PathOf("page.html"), text);
        var noise = serve.Write("noise.png", 100_000);

        using var response = await serve.Get("/page.html", ("Accept-Encoding", encoding));
        Assert.Equal([encoding], response.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.InRange(body.Length, 1, text.Length / 2);
        await using var decoded = encoding == "gzip"
            ? (Stream)new GZipStream(new MemoryStream(body), CompressionMode.Decompress)
            : new BrotliStream(new MemoryStream(body), CompressionMode.Decompress);
        Assert.Equal(text, await new StreamReader(decoded).ReadToEndAsync());

        // These are other bytes than the file's: the tag is weak, good for a comparison and for no range.
        var tag = response.Headers.ETag!;
        Assert.True(tag.IsWeak);
        using var same = await serve.Get("/page.html", ("Accept-Encoding", encoding), ("If-None-Match", tag.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        using var range = await serve.Get("/page.html", ("Accept-Encoding", encoding), ("Range", "bytes=5-14"));
        Assert.Equal(text[5..15], await range.Content.ReadAsStringAsync());
        Assert.Empty(range.Content.Headers.ContentEncoding);

        using var plain = await serve.Get("/page.html");
        Assert.Equal(text, await plain.Content.ReadAsStringAsync());
        using var picture = await serve.Get("/noise.png", ("Accept-Encoding", encoding));
        Assert.Equal(noise, await picture.Content.ReadAsByteArrayAsync());
        Assert.Equal("image/png", picture.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task A_listing_leads_to_everything_whatever_it_is_called()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder());
        string[] names = ["plain.txt", "with space.txt", "<script>alert(1)</script>", "100%.txt", "a#b?c&d\"e'f.txt", "größe ☃.txt", "x:y.txt", "-rf", ".hidden"];
        Directory.CreateDirectory(serve.PathOf("dir <b>"));
        foreach (var name in names.Where(name => !name.Contains('/', StringComparison.Ordinal)))
        {
            await File.WriteAllTextAsync(serve.PathOf(name), $"this is {name}");
            await File.WriteAllTextAsync(serve.PathOf($"dir <b>/{name}"), $"below is {name}");
        }

        foreach (var (folder, word) in new[] { ("/", "this"), ("/dir%20%3Cb%3E/", "below") })
        {
            var page = await serve.Client.GetStringAsync(folder).WaitAsync(ServeProcess.Deadline);
            Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
            var links = Link().Matches(page).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).Where(link => link is not "../" && link[^1] != '/').ToList();
            var texts = await Task.WhenAll(links.Select(link => serve.Client.GetStringAsync(new Uri(new Uri(serve.Address, folder), link))));
            Assert.Equal(
                names.Where(name => !name.Contains('/', StringComparison.Ordinal)).Select(name => $"{word} is {name}").Order(StringComparer.Ordinal),
                texts.Order(StringComparer.Ordinal));
            Assert.Equal(folder != "/", page.Contains("href=\"../\"", StringComparison.Ordinal));
        }

        // A directory with an index shows that.
        await File.WriteAllTextAsync(serve.PathOf("dir <b>/index.html"), "the index");
        using var index = await serve.Get("/dir%20%3Cb%3E/");
        Assert.Equal(("the index", "text/html"), (await index.Content.ReadAsStringAsync(), index.Content.Headers.ContentType!.ToString()));
    }

    [Fact]
    public async Task A_large_directory_is_listed_as_far_as_it_goes()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder());
        for (var n = 0; n < 10_050; n++)
        {
            await File.WriteAllBytesAsync(serve.PathOf($"{n:D5}"), []);
        }

        var page = await serve.Client.GetStringAsync("/").WaitAsync(ServeProcess.Deadline);
        Assert.Equal(10_000, Link().Count(page));
        Assert.Contains("The first 10000 entries of a larger directory.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_leads_out_of_the_directory()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder());
        Directory.CreateDirectory(serve.PathOf("sub"));
        await File.WriteAllTextAsync(serve.PathOf("sub/inside"), "inside");
        File.CreateSymbolicLink(serve.PathOf("absolute"), Path.GetFullPath(serve.PathOf("../secret")));
        File.CreateSymbolicLink(serve.PathOf("relative"), "../secret");
        File.CreateSymbolicLink(serve.PathOf("up"), "..");
        File.CreateSymbolicLink(serve.PathOf("sub/deep"), "../../secret");
        File.CreateSymbolicLink(serve.PathOf("loop"), "loop");
        File.CreateSymbolicLink(serve.PathOf("within"), "sub/../sub/inside");
        string[] targets =
        [
            "/../secret", "/sub/../../secret", "/%2e%2e/secret", "/sub/%2e%2e/%2e%2e/secret", "/..%2fsecret", "/%2e%2e%2fsecret", "/..%5csecret",
            "//" + Path.GetFullPath(serve.PathOf("../secret")), "/%2f" + Path.GetFullPath(serve.PathOf("../secret"))[1..], "/absolute", "/relative", "/up/secret", "/up/", "/sub/deep", "/loop",
            "/proc/self/root/etc/passwd", "/" + new string('a', 300), "/" + string.Join('/', Enumerable.Repeat("a", 2500)), "/sub/inside/", "/sub/inside/x",
        ];
        foreach (var target in targets)
        {
            var answer = await serve.SendRaw(target);
            Assert.True(answer.StartsWith("HTTP/1.1 404 ", StringComparison.Ordinal), $"{target[..int.Min(60, target.Length)]}: {answer.Split('\r')[0]}");
            Assert.DoesNotContain("the secret", answer, StringComparison.Ordinal);
        }

        Assert.StartsWith("HTTP/1.1 400 ", await serve.SendRaw("/%00"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await serve.SendRaw("/a%00b"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414 ", await serve.SendRaw("/" + new string('a', 20_000)), StringComparison.Ordinal);

        // A link that stays inside leads where it says.
        Assert.Equal("inside", await serve.Client.GetStringAsync("/within").WaitAsync(ServeProcess.Deadline));

        // Nobody renames the directory away from under the server: it holds it, not its name.
        Directory.Move(serve.PathOf("sub"), serve.PathOf("moved"));
        Assert.Equal("inside", await serve.Client.GetStringAsync("/moved/inside").WaitAsync(ServeProcess.Deadline));
    }

    [Fact]
    public async Task What_is_no_file_is_not_found_and_holds_nobody_up()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder());
        Assert.Equal(0, Fifo.Make(serve.PathOf("fifo")));
        using var device = await serve.Get("/fifo");
        Assert.Equal(HttpStatusCode.NotFound, device.StatusCode);
        using var missing = await serve.Get("/missing");
        Assert.Equal((HttpStatusCode.NotFound, "404 Not Found\n"), (missing.StatusCode, await missing.Content.ReadAsStringAsync()));
        using var posted = await serve.Send(HttpMethod.Post, "/missing");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        Assert.Equal(["GET", "HEAD"], posted.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("/sub?x=1", "./sub/?x=1")]
    [InlineData("//sub", "./sub/")]
    [InlineData("/x:y", "./x%3Ay/")]
    public async Task A_directory_without_its_slash_leads_to_itself(string target, string location)
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder());
        Directory.CreateDirectory(serve.PathOf("sub"));
        Directory.CreateDirectory(serve.PathOf("x:y"));
        var answer = await serve.SendRaw(target);
        Assert.StartsWith("HTTP/1.1 301 ", answer, StringComparison.Ordinal);
        Assert.Contains($"\r\nLocation: {location}\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_cut_off_meanwhile_ends_the_connection()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder());
        serve.Write("large.bin", 50_000_000);
        using var response = await serve.Client.GetAsync("/large.bin", HttpCompletionOption.ResponseHeadersRead).WaitAsync(ServeProcess.Deadline);
        Assert.Equal(50_000_000, response.Content.Headers.ContentLength);
        await using (var file = File.OpenWrite(serve.PathOf("large.bin")))
        {
            file.SetLength(1000);
        }

        // More than what the sockets hold is missing: the client is told, not left waiting.
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync().WaitAsync(ServeProcess.Deadline));
        using var next = await serve.Get("/large.bin");
        Assert.Equal(1000, (await next.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Descriptors_are_given_back()
    {
        await using var serve = await ServeProcess.Start(ServeProcess.MakeFolder());
        serve.Write("file.bin", 100_000);
        Directory.CreateDirectory(serve.PathOf("sub"));
        await All();
        var before = Directory.GetFiles($"/proc/{serve.Id}/fd").Length;
        for (var n = 0; n < 20; n++)
        {
            await All();
        }

        // Connections of the client's pool stay open, and no more than it had.
        Assert.InRange(Directory.GetFiles($"/proc/{serve.Id}/fd").Length, 1, before + 10);

        async Task All()
        {
            foreach (var path in new[] { "/file.bin", "/sub/", "/sub", "/", "/missing" })
            {
                using var response = await serve.Get(path);
                await response.Content.ReadAsByteArrayAsync();
            }

            // With a connection of its own.
            Assert.StartsWith("HTTP/1.1 404 ", await serve.SendRaw("/../missing"), StringComparison.Ordinal);
            using var part = await serve.Get("/file.bin", ("Range", "bytes=1-2"));
            using var none = await serve.Get("/file.bin", ("If-None-Match", "*"));
            using var head = await serve.Send(HttpMethod.Head, "/file.bin");
        }
    }

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Link();
}

using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using PuppeteerSharp;
using Xunit;

namespace Akka.IoActors.Tests.Service.Serve;

/// <summary>A real browser at <c>ioactors serve</c>. <c>IOACTORS_WRITE_DOCS=1</c> keeps the picture that it takes as docs/status.png.</summary>
public sealed class BrowserTests
{
    private const string Program = "/usr/bin/chromium";

    /// <summary>No sandbox, as root has none, and nothing that would talk to anybody else.</summary>
    private static readonly string[] s_options =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage",
    ];

    [SkippableFact]
    public async Task The_listing_leads_to_a_file_and_the_file_is_downloaded()
    {
        await using var serve = await ServeProcess.Start(Folder());
        var bytes = serve.Write("data & more.bin", 1_000_000);
        Directory.CreateDirectory(serve.PathOf("sub <i>"));
        await File.WriteAllTextAsync(serve.PathOf("sub <i>/note.txt"), "a note");
        await using var browser = await Launch(serve);
        await using var page = await browser.NewPageAsync();
        var errors = Watch(page);
        await page.GoToAsync(serve.Address.ToString());
        Assert.Equal("/", await page.GetTitleAsync());

        // Into the directory, to the note, and back by the link that leads up.
        await ClickAndLoad(page, "sub <i>/");
        Assert.Equal("/sub <i>/", await page.EvaluateExpressionAsync<string>("document.querySelector('h1').textContent"));
        await ClickAndLoad(page, "note.txt");
        Assert.Equal("a note", await page.EvaluateExpressionAsync<string>("document.body.textContent"));
        await page.GoBackAsync();
        await ClickAndLoad(page, "../");

        var folder = Directory.CreateDirectory(Path.Combine(serve.Folder, "..", "downloads")).FullName;
        await page.Client.SendAsync("Browser.setDownloadBehavior", new { behavior = "allow", downloadPath = folder, eventsEnabled = true });
        var downloaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        page.Client.MessageReceived += (_, message) =>
        {
            if (message.MessageID == "Browser.downloadProgress" && message.MessageData.GetProperty("state").GetString() == "completed")
            {
                downloaded.TrySetResult();
            }
        };
        await Click(page, "data & more.bin");
        await downloaded.Task.WaitAsync(ServeProcess.Deadline);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(folder, "data & more.bin")));
        Assert.Empty(errors);
    }

    [SkippableFact]
    public async Task The_status_page_shows_a_ring_killed_under_load_and_no_request_failed()
    {
        await using var serve = await ServeProcess.Start(Folder(), "--chaos", "--loops", "2");
        var bytes = serve.Write("file.bin", 50_000);
        await using var browser = await Launch(serve);
        await using var page = await browser.NewPageAsync();
        await page.SetViewportAsync(new ViewPortOptions { Width = 1060, Height = 680 });
        var errors = Watch(page);
        await page.GoToAsync(new Uri(serve.Address, "/status").ToString());
        using var enough = new CancellationTokenSource();
        var loads = Enumerable.Range(0, 4).Select(async _ =>
        {
            var answered = 0;
            for (; !enough.IsCancellationRequested; answered++)
            {
                Assert.Equal(bytes, await serve.Client.GetByteArrayAsync("/file.bin", CancellationToken.None));
            }

            return answered;
        }).ToList();
        await Until(page, "document.getElementById('health').textContent === 'Up' && document.querySelectorAll('#loops tr').length === 2");

        // The charts have a line for what they show, which goes on with every second.
        await Until(page, "document.querySelector('#rate polyline').getAttribute('points').split(' ').length >= 8");
        Assert.Equal("1,2,1,2", await page.EvaluateExpressionAsync<string>("['rate', 'latency', 'bytes', 'flight'].map(id => document.querySelectorAll(`#${id} polyline`).length).join()"));

        await (await page.QuerySelectorAsync("#loop-1 button.kill")).ClickAsync();
        await Until(page, "document.querySelector('#loop-1 .restarts').textContent === '1'");
        await Until(page, "document.getElementById('message').textContent === 'The ring of loop 1 was killed.'");
        await Until(page, "document.querySelectorAll('#rate line.restart').length === 1");
        Assert.Equal("0,1,0,0", await page.EvaluateExpressionAsync<string>(
            "[document.querySelector('#loop-0 .restarts'), ...['restarts', 'failed', 'cut'].map(id => document.getElementById(id))].map(each => each.textContent).join()"));

        // It goes on: the requests of later seconds are more.
        await page.EvaluateExpressionAsync("window.before = Number(document.getElementById('requests').textContent.replaceAll(',', ''))");
        await Until(page, "Number(document.getElementById('requests').textContent.replaceAll(',', '')) > window.before + 100");
        if (Environment.GetEnvironmentVariable("IOACTORS_WRITE_DOCS") == "1")
        {
            await Until(page, "document.querySelector('#rate polyline').getAttribute('points').split(' ').length >= 60");
            await page.ScreenshotAsync(Path.Combine(Root(), "docs", "status.png"));
        }

        await enough.CancelAsync();
        var counts = await Task.WhenAll(loads).WaitAsync(ServeProcess.Deadline);
        Assert.All(counts, count => Assert.InRange(count, 1, int.MaxValue));
        Assert.Empty(errors);

        // And it says so when nobody answers any more.
        serve.Interrupt();
        await Until(page, "document.getElementById('health').textContent === 'unreachable'");
    }

    /// <summary>Before anything is started: a test that is skipped leaves nothing behind.</summary>
    private static string Folder()
    {
        Skip.If(!File.Exists(Program), "chromium is not installed");
        return ServeProcess.MakeFolder();
    }

    private static Task<IBrowser> Launch(ServeProcess serve) => Puppeteer.LaunchAsync(new LaunchOptions
    {
        ExecutablePath = Program,
        Headless = true,
        Args = s_options,
        UserDataDir = Directory.CreateDirectory(Path.Combine(serve.Folder, "..", "browser")).FullName,
    });

    /// <summary>What the page complains of: exceptions, and what its security policy forbids.</summary>
    private static ConcurrentQueue<string> Watch(IPage page)
    {
        var errors = new ConcurrentQueue<string>();
        page.PageError += (_, e) => errors.Enqueue(e.Message);
        page.Console += (_, e) =>
        {
            if (e.Message.Type == ConsoleType.Error && e.Message.Location?.URL?.EndsWith("/favicon.ico", StringComparison.Ordinal) != true)
            {
                errors.Enqueue($"{e.Message.Text} {e.Message.Location?.URL}");
            }
        };
        return errors;
    }

    private static async Task Click(IPage page, string text)
    {
        var links = await page.QuerySelectorAllAsync("a");
        foreach (var link in links)
        {
            if (await link.EvaluateFunctionAsync<string>("link => link.textContent") == text)
            {
                await link.ClickAsync();
                return;
            }
        }

        Assert.Fail($"no link says {text}");
    }

    private static async Task ClickAndLoad(IPage page, string text)
    {
        var loaded = page.WaitForNavigationAsync();
        await Click(page, text);
        await loaded;
    }

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));

    private static Task<IJSHandle> Until(IPage page, string expression) =>
        page.WaitForExpressionAsync(expression, new WaitForFunctionOptions { Timeout = (int)ServeProcess.Deadline.TotalMilliseconds });
}

using System;
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Threading.Tasks;
using Akka.Actor;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Service.Serve;

/// <summary>
/// Answers GET and HEAD with the files beneath a directory, opened, looked at and read by the backend. The kernel itself keeps every path
/// beneath the directory (<c>openat2(2)</c>, RESOLVE_BENEATH), whatever it is made of; ranges and conditions are ASP.NET Core's.
/// </summary>
internal sealed partial class StaticFiles
{
    /// <summary>How often a path is tried anew that somebody renames meanwhile (−EAGAIN of openat2).</summary>
    private const int Attempts = 8;

    /// <summary>No larger file is read as a whole.</summary>
    private const int Small = 64 * 1024;

    private const string IndexName = "index.html";

    /// <summary>Not to wait for who opens a FIFO's other end, and not to be given a terminal.</summary>
    private const OpenFlags Flags = OpenFlags.ReadOnly | OpenFlags.NonBlock | OpenFlags.NoControllingTerminal;

    private static readonly FileExtensionContentTypeProvider s_types = new();

    private readonly IoActorsExtension _io;
    private readonly SafeFileHandle _root;
    private readonly bool _onLoop;
    private readonly ILogger _log;

    /// <param name="io">The service.</param>
    /// <param name="root">The directory, open.</param>
    /// <param name="onLoop">Whether requests run on the loops.</param>
    /// <param name="log">Where failures go.</param>
    internal StaticFiles(IoActorsExtension io, SafeFileHandle root, bool onLoop, ILogger log)
    {
        _io = io;
        _root = root;
        _onLoop = onLoop;
        _log = log;
    }

    /// <summary>Answers a request.</summary>
    internal async Task Serve(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            await Refuse(context, StatusCodes.Status405MethodNotAllowed).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.XContentTypeOptions = "nosniff";
        var path = request.Path.Value!.TrimStart('/');
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            await Refuse(context, StatusCodes.Status404NotFound).ConfigureAwait(false);
            return;
        }

        var opened = await Open(path.Length == 0 ? "." : path).ConfigureAwait(false);
        if (!opened.IsSuccess)
        {
            await Refuse(context, opened.Error).ConfigureAwait(false);
            return;
        }

        var file = opened.Handle;
        try
        {
            var status = await ClientOf(file).FStatAsync(file).ConfigureAwait(false);
            if (!status.IsSuccess)
            {
                await Refuse(context, status.Error, isOpen: true).ConfigureAwait(false);
            }
            else if (status.Status.Type == FileType.Regular)
            {
                // Whoever sends it closes it.
                var served = file;
                file = null;
                await Send(context, path, served, status.Status).ConfigureAwait(false);
            }
            else if (status.Status.Type != FileType.Directory)
            {
                await Refuse(context, StatusCodes.Status404NotFound).ConfigureAwait(false);
            }
            else if (path.Length > 0 && path[^1] != '/')
            {
                // Relative, so that no path can make it another host's: "//host/.." would be one.
                context.Response.Headers.Location = $"./{Uri.EscapeDataString(path[(path.LastIndexOf('/') + 1)..])}/{request.QueryString}";
                await Refuse(context, StatusCodes.Status301MovedPermanently).ConfigureAwait(false);
            }
            else
            {
                await SendDirectory(context, path, file).ConfigureAwait(false);
            }
        }
        finally
        {
            if (file is not null)
            {
                await ClientOf(file).CloseAsync(file).ConfigureAwait(false);
            }
        }
    }

    private async Task SendDirectory(HttpContext context, string path, SafeFileHandle directory)
    {
        var index = await Open(path + IndexName).ConfigureAwait(false);
        if (index.IsSuccess)
        {
            var file = index.Handle;
            var status = await ClientOf(file).FStatAsync(file).ConfigureAwait(false);
            if (status.IsSuccess && status.Status.Type == FileType.Regular)
            {
                await Send(context, IndexName, file, status.Status).ConfigureAwait(false);
                return;
            }

            await ClientOf(file).CloseAsync(file).ConfigureAwait(false);
        }

        var page = await Listing.Make(ClientOf(directory), directory, context.Request.Path.Value!).ConfigureAwait(false);
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        context.Response.ContentLength = page.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(page, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task Send(HttpContext context, string path, SafeFileHandle file, FileStatus status)
    {
        // What a cache compares: another file, another length or another time is another version.
        var tag = new EntityTagHeaderValue(
            string.Create(CultureInfo.InvariantCulture, $"\"{status.ModifyTime.Ticks:x}-{status.Size:x}-{status.Inode:x}\""));
        WeakenTags(context);
        var type = s_types.TryGetContentType(path, out var known) ? known : "application/octet-stream";
        if (status.Size <= Small && HttpMethods.IsGet(context.Request.Method))
        {
            await SendSmall(context, file, status, type, tag).ConfigureAwait(false);
            return;
        }

        await TypedResults.Stream(
                new FileBody(ClientOf(file), file, status.Size), type, lastModified: status.ModifyTime, entityTag: tag, enableRangeProcessing: true)
            .ExecuteAsync(context).ConfigureAwait(false);
    }

    /// <summary>Reads it first, and sends it then: ASP.NET Core's copy of a stream takes 64 KiB, whatever there is to copy.</summary>
    private async Task SendSmall(HttpContext context, SafeFileHandle file, FileStatus status, string type, EntityTagHeaderValue tag)
    {
        var client = ClientOf(file);
        var buffer = ArrayPool<byte>.Shared.Rent((int)status.Size);
        var read = await client.ReadExactlyAsync(file, buffer.AsMemory(0, (int)status.Size), 0).ConfigureAwait(false);

        // Nobody waits for the end of a file that was only read.
        client.Backend.Tell(new Close(file), ActorRefs.NoSender);
        if (read.Error != Errno.None)
        {
            // Nor does the buffer go back to those that others take from: of a read whose outcome is not known the kernel may still have it.
            await Refuse(context, read.Error, isOpen: true).ConfigureAwait(false);
            return;
        }

        try
        {
            await TypedResults.Bytes(
                    buffer.AsMemory(0, (int)read.Transferred), type, lastModified: status.ModifyTime, entityTag: tag, enableRangeProcessing: true)
                .ExecuteAsync(context).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// A compressed response is another sequence of bytes, so its tag is weak: no range of the one is put together with the other. The weak one
    /// comes back in If-None-Match, whose comparison is weak (RFC 9110, 13.1.2), while ASP.NET Core's is strong.
    /// </summary>
    private static void WeakenTags(HttpContext context)
    {
        context.Response.OnStarting(
            static response =>
            {
                var headers = ((HttpResponse)response).Headers;
                if (headers.ContentEncoding.Count > 0 && headers.ETag.ToString() is ['"', ..] strong)
                {
                    headers.ETag = $"W/{strong}";
                }

                return Task.CompletedTask;
            },
            context.Response);
        var known = context.Request.Headers.IfNoneMatch.ToString();
        if (known.Contains("W/\"", StringComparison.Ordinal))
        {
            context.Request.Headers.IfNoneMatch = known.Replace("W/\"", "\"", StringComparison.Ordinal);
        }
    }

    private async ValueTask<IoResult> Open(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            var opened = await ClientOf(_root)
                .SubmitAsync(new Open(_root, path, Flags, resolve: ResolveFlags.Beneath | ResolveFlags.NoMagicLinks))
                .ConfigureAwait(false);
            if (opened.Error != Errno.EAGAIN || attempt == Attempts)
            {
                return opened;
            }
        }
    }

    /// <summary>The client by which a request goes on where it runs: on a loop, or on the thread pool.</summary>
    private IoClient ClientOf(SafeFileHandle file) => _onLoop ? _io.LoopOf(file).Client : _io.Client;

    /// <summary>Answers that a file cannot be had.</summary>
    /// <param name="context">The request.</param>
    /// <param name="error">Why.</param>
    /// <param name="isOpen">Whether it was there, and could be opened: what fails then is the server's affair.</param>
    private Task Refuse(HttpContext context, Errno error, bool isOpen = false)
    {
        var status = error switch
        {
            Errno.ENOENT or Errno.ENOTDIR or Errno.EXDEV or Errno.ELOOP or Errno.ENAMETOOLONG or Errno.EINVAL or Errno.ENXIO when !isOpen =>
                StatusCodes.Status404NotFound,
            Errno.EACCES or Errno.EPERM when !isOpen => StatusCodes.Status403Forbidden,
            Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.EAGAIN or Errno.ESHUTDOWN or Errno.ECANCELED or Errno.ETIMEDOUT => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status500InternalServerError,
        };
        if (status >= StatusCodes.Status500InternalServerError)
        {
            LogFailed(context.Request.Path, error.Name());
        }

        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return Refuse(context, status);
    }

    private static Task Refuse(HttpContext context, int status)
    {
        var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{status} {ReasonPhrases.GetReasonPhrase(status)}\n"));
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = text.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(text, context.RequestAborted).AsTask();
    }

    [LoggerMessage(1, LogLevel.Warning, "{path} could not be served: {error}")]
    private partial void LogFailed(string path, string error);
}

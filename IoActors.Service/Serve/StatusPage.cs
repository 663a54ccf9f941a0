using System;
using System.Globalization;
using System.IO;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Akka.IoActors.Service.Serve;

/// <summary>The page <c>/status</c>, what it asks for, and, with <c>--chaos</c>, its buttons.</summary>
internal static class StatusPage
{
    /// <summary>A header that no form and no other site's script can send without being asked first.</summary>
    private const string ChaosHeader = "X-IoActors-Chaos";

    internal static void Map(IEndpointRouteBuilder routes, ServiceHost host, StatusSampler sampler, string directory, string backend, bool chaos)
    {
        MapFile(routes, "/status", "status.html", "text/html; charset=utf-8");
        MapFile(routes, "/status/page.js", "status.js", "text/javascript; charset=utf-8");
        MapFile(routes, "/status/page.css", "status.css", "text/css; charset=utf-8");
        MapFile(routes, "/status/icon.svg", "status.svg", "image/svg+xml");
        routes.MapGet("/status/data", (long? after) => TypedResults.Json(
            new StatusAnswer(backend, directory, chaos, sampler.After(after ?? 0)), StatusJson.Default.StatusAnswer));
        if (chaos)
        {
            routes.MapPost("/status/loops/{loop:int:min(0)}/kill", (int loop, HttpContext context) => Kill(host, loop, context));
        }
    }

    private static void MapFile(IEndpointRouteBuilder routes, string path, string name, string type)
    {
        using var stream = typeof(StatusPage).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not part of the program.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        var content = bytes.ToArray();
        routes.MapGet(path, (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; frame-ancestors 'none'";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return TypedResults.Bytes(content, type);
        });
    }

    private static IResult Kill(ServiceHost host, int loop, HttpContext context)
    {
        if (!context.Request.Headers.ContainsKey(ChaosHeader))
        {
            return TypedResults.Text($"The header {ChaosHeader} is missing.\n", statusCode: StatusCodes.Status403Forbidden);
        }

        if (loop >= host.Io.Loops.Count)
        {
            return TypedResults.Text(string.Create(CultureInfo.InvariantCulture, $"There is no loop {loop}.\n"), statusCode: StatusCodes.Status404NotFound);
        }

        Breaker.KillActor(host, loop);
        return TypedResults.StatusCode(StatusCodes.Status202Accepted);
    }
}

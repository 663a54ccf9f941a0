using System.Diagnostics;

namespace Akka.IoActors.Telemetry;

/// <summary>
/// What the clients tell tracing, as source <see cref="IoMetrics.MeterName"/>: a span for each operation that is awaited, below the span of
/// its caller. An operation that is told has no caller whose span could be known. While nobody listens, it costs one look at a flag.
/// </summary>
internal static class IoSpans
{
    private static readonly ActivitySource s_source = new(IoMetrics.MeterName, typeof(IoSpans).Assembly.GetName().Version?.ToString());

    /// <summary>An operation is sent: its span, or null if nobody wants one. The caller's stays the current one.</summary>
    internal static Activity? Start(IoOperation operation)
    {
        if (!IoTelemetry.IsSupported || !s_source.HasListeners())
        {
            return null;
        }

        var caller = Activity.Current;
        var span = s_source.StartActivity(operation.Kind.ToString(), ActivityKind.Internal);
        Activity.Current = caller;
        return span?.SetTag("ioactors.operation", operation.Kind.ToString());
    }

    /// <summary>The reply has come.</summary>
    internal static void End(Activity span, IoResult result)
    {
        span.SetTag("ioactors.value", result.Seen);
        if (!result.IsSuccess)
        {
            span.SetTag("error.type", result.Error.Name()).SetStatus(ActivityStatusCode.Error, result.Error.Description());
        }

        span.Stop();
    }
}

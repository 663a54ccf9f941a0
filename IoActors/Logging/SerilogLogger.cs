using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Serilog;
using Serilog.Core;
using Serilog.Core.Enrichers;
using Serilog.Events;
using LogEvent = Akka.Event.LogEvent;

namespace Akka.IoActors;

/// <summary>
/// An Akka logger that writes to Serilog: <c>akka.loggers = ["Akka.IoActors.SerilogLogger, IoActors"]</c>.
/// Level, source, actor path, thread, exception and the structured properties of a message arrive as such.
/// </summary>
/// <remarks>Events go to <see cref="Log.Logger"/>, as that is when they come.</remarks>
public sealed class SerilogLogger : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    /// <summary>Called by Akka.</summary>
    public SerilogLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Write);
    }

    private static void Write(LogEvent log)
    {
        var level = LevelOf(log.LogLevel());
        var logger = Log.Logger.ForContext(Enrich(log));
        if (!logger.IsEnabled(level))
        {
            return;
        }

        if (log.Message is LogMessage message)
        {
            var (template, values) = (message.Format, message.Parameters().ToArray());
            logger.Write(level, log.Cause, template, values);
        }
        else
        {
            // Not a template: braces in it are just braces.
            logger.Write(level, log.Cause, "{Message:l}", log.Message?.ToString());
        }
    }

    private static IEnumerable<ILogEventEnricher> Enrich(LogEvent log)
    {
        yield return new PropertyEnricher("LogSource", log.LogSource);
        yield return new PropertyEnricher("SourceContext", log.LogClass?.FullName);
        yield return new PropertyEnricher("ActorPath", PathOf(log.LogSource));
        yield return new PropertyEnricher("Thread", log.Thread.ManagedThreadId);
        yield return new PropertyEnricher("AkkaTimestamp", log.Timestamp);
    }

    /// <summary>The path in a source such as <c>akka://system/user/a</c>, or <c>[akka://system/user/a#1]</c>.</summary>
    private static string? PathOf(string? source)
    {
        var start = source?.IndexOf("akka://", StringComparison.Ordinal) ?? -1;
        return start < 0 ? null : source![start..].Split('#', ']', ' ')[0];
    }

    private static LogEventLevel LevelOf(LogLevel level) => level switch
    {
        LogLevel.DebugLevel => LogEventLevel.Debug,
        LogLevel.InfoLevel => LogEventLevel.Information,
        LogLevel.WarningLevel => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };
}

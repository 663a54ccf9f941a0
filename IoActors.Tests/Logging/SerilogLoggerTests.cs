using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Xunit;

namespace Akka.IoActors.Tests.Logging;

/// <summary>What Akka logs arrives at Serilog whole.</summary>
public sealed class SerilogLoggerTests : IDisposable
{
    private readonly MemorySink _sink = new();
    private readonly ActorSystem _system;

    public SerilogLoggerTests()
    {
        Log.Logger = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(_sink).CreateLogger();
        _system = ActorSystem.Create("logs", ConfigurationFactory.ParseString(
            """
            akka.loggers = ["Akka.IoActors.SerilogLogger, IoActors"]
            akka.loglevel = DEBUG
            akka.stdout-loglevel = OFF
            """));
    }

    public void Dispose()
    {
        _system.Terminate().Wait(TimeSpan.FromSeconds(20));
        _system.Dispose();
        Log.CloseAndFlush();
    }

    [Theory]
    [InlineData(LogLevel.DebugLevel, LogEventLevel.Debug)]
    [InlineData(LogLevel.InfoLevel, LogEventLevel.Information)]
    [InlineData(LogLevel.WarningLevel, LogEventLevel.Warning)]
    [InlineData(LogLevel.ErrorLevel, LogEventLevel.Error)]
    public void Levels_arrive(LogLevel level, LogEventLevel expected)
    {
        _system.Log.Log(level, null, "a message of its level");
        Assert.Equal(expected, Wait("a message of its level").Level);
    }

    [Fact]
    public void Named_and_positional_properties_arrive_as_properties()
    {
        _system.Log.Info("copied {Count} files to {Target}", 42, "there");
        var named = Wait("copied 42 files to \"there\"");
        Assert.Equal(42, ((ScalarValue)named.Properties["Count"]).Value);
        Assert.Equal("there", ((ScalarValue)named.Properties["Target"]).Value);

        _system.Log.Info("{0} of {1}", 1, 2);
        var positional = Wait("1 of 2");
        Assert.Equal(1, ((ScalarValue)positional.Properties["0"]).Value);
        Assert.Equal(2, ((ScalarValue)positional.Properties["1"]).Value);
    }

    [Fact]
    public void Exceptions_arrive_as_objects()
    {
        var cause = new InvalidOperationException("the cause");
        _system.Log.Error(cause, "it broke {Where}", "here");
        var log = Wait("it broke \"here\"");
        Assert.Same(cause, log.Exception);
    }

    [Fact]
    public void Source_and_actor_path_arrive()
    {
        _system.ActorOf(Props.Create(() => new Talker()), "talker").Tell("hello from an actor");
        var log = Wait("hello from an actor");
        Assert.Equal("akka://logs/user/talker", ((ScalarValue)log.Properties["ActorPath"]).Value);
        Assert.Contains("talker", log.Properties["LogSource"].ToString(), StringComparison.Ordinal);
        Assert.Equal(typeof(Talker).FullName, ((ScalarValue)log.Properties["SourceContext"]).Value);
        Assert.True(log.Properties.ContainsKey("Thread"));
    }

    [Fact]
    public void Braces_in_a_plain_message_are_just_braces()
    {
        _system.EventStream.Publish(new Info("source", typeof(string), "a { strange {0} message }}"));
        Wait("a { strange {0} message }}");
    }

    private Serilog.Events.LogEvent Wait(string rendered)
    {
        Serilog.Events.LogEvent? found = null;
        Assert.True(
            SpinWait.SpinUntil(
                () => (found = _sink.Events.FirstOrDefault(e => e.RenderMessage(null) == rendered)) is not null,
                TimeSpan.FromSeconds(20)),
            $"'{rendered}' is not among: {string.Join(" | ", _sink.Events.Select(e => e.RenderMessage(null)))}");
        return found!;
    }

    private sealed class Talker : ReceiveActor
    {
        public Talker()
        {
            var log = Context.GetLogger();
            Receive<string>(text => log.Info(text));
        }
    }

    private sealed class MemorySink : ILogEventSink
    {
        internal ConcurrentQueue<Serilog.Events.LogEvent> Events { get; } = new();

        public void Emit(Serilog.Events.LogEvent logEvent) => Events.Enqueue(logEvent);
    }
}

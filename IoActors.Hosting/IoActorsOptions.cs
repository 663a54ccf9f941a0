using System;
using System.Collections.Generic;
using System.Globalization;
using Akka.Configuration;

namespace Akka.IoActors.Hosting;

/// <summary>The options that are set most, with types; any other key of <c>reference.conf</c> goes into <see cref="Hocon"/>.</summary>
public sealed class IoActorsOptions
{
    /// <summary>Which backend carries I/O out; null for the default.</summary>
    public BackendChoice? Backend { get; set; }

    /// <summary>How many loops there are; null for the default.</summary>
    public int? Loops { get; set; }

    /// <summary>How long an operation may take that does not say so itself; null for the default.</summary>
    public TimeSpan? OperationTimeout { get; set; }

    /// <summary>How long the service waits at its end for what is in flight; null for the default.</summary>
    public TimeSpan? DrainTimeout { get; set; }

    /// <summary>Whatever else, as it stands in <c>reference.conf</c> beneath <c>io-actors</c>: <c>offload.threads = 8</c>.</summary>
    public string Hocon { get; set; } = "";

    internal Config ToConfig()
    {
        var lines = new List<string> { Hocon };
        Add("backend", Backend switch
        {
            null => null,
            BackendChoice.Auto => "auto",
            BackendChoice.IoUring => "io-uring",
            BackendChoice.Epoll => "epoll",
            BackendChoice.ThreadPool => "thread-pool",
            _ => throw new ArgumentException($"{Backend} is no backend."),
        });
        Add("loops", Loops?.ToString(CultureInfo.InvariantCulture));
        Add("operation-timeout", Milliseconds(OperationTimeout));
        Add("drain-timeout", Milliseconds(DrainTimeout));
        return ConfigurationFactory.ParseString($"io-actors {{\n{string.Join('\n', lines)}\n}}");

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                lines.Add($"{key} = {value}");
            }
        }
    }

    private static string? Milliseconds(TimeSpan? time) =>
        time is { } value ? FormattableString.Invariant($"{value.TotalMilliseconds:0}ms") : null;
}

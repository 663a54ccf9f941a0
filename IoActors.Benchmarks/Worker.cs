using System;
using System.Globalization;
using System.Text.Json;
using System.Threading.Tasks;
using Akka.IoActors.Benchmarks.Sides;

namespace Akka.IoActors.Benchmarks;

/// <summary>
/// The process that measures one side of one row: on each line of its input, a number of seconds, it answers
/// one line, a <see cref="Sample"/> as JSON. So each side has a process, a heap and a thread pool of its own.
/// </summary>
internal static class Worker
{
    internal static async Task<int> Run(string spec)
    {
        var parsed = new SideSpec("", spec);
        using var telemetry = new TelemetryMode(parsed.Get("telemetry"));
        await using var side = SideFactory.Create(parsed);
        await Console.Out.WriteLineAsync("ready");
        while (await Console.In.ReadLineAsync() is { Length: > 0 } line)
        {
            var sample = await side.Run(TimeSpan.FromSeconds(double.Parse(line, CultureInfo.InvariantCulture)));
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(sample));
        }

        return 0;
    }
}

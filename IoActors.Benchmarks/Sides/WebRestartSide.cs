using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net.Http;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// A ring of <c>ioactors serve</c> is killed under wrk's 64 connections; the value is the longest time that any of 16 further connections waited
/// for an answer from then on, in ms. A request that fails, or a restart that does not come, fails the measurement.
/// </summary>
internal sealed class WebRestartSide(SideSpec spec) : ISide
{
    private const int Probes = 16;

    private IWebServer? _server;
    private HttpClient? _client;

    public async Task<Sample> Run(TimeSpan time)
    {
        _server ??= await ServerProcess.StartServe(WebSide.MakeSite(spec), "--chaos", "--loops", spec.Get("loops", "2"));
        _client ??= new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Probes + 1 }) { BaseAddress = new Uri(_server.Address) };
        var whole = TimeSpan.FromSeconds(Math.Max(2, Math.Ceiling(time.TotalSeconds)));
        using var enough = new CancellationTokenSource(whole);
        var killed = long.MaxValue;
        var load = Wrk.Run($"{_server.Address}/4k", spec.Number("conns", 64), whole);
        var probes = Enumerable.Range(0, Probes).Select(async _ =>
        {
            var longest = 0L;
            while (!enough.IsCancellationRequested)
            {
                var asked = Stopwatch.GetTimestamp();
                await _client.GetByteArrayAsync("/4k", CancellationToken.None);
                var answered = Stopwatch.GetTimestamp();
                if (answered > Volatile.Read(ref killed))
                {
                    longest = long.Max(longest, answered - asked);
                }
            }

            return longest;
        }).ToList();
        await Task.Delay(whole / 3, CancellationToken.None);
        var before = await Restarts();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/status/loops/0/kill") { Headers = { { "X-IoActors-Chaos", "1" } } };
        Volatile.Write(ref killed, Stopwatch.GetTimestamp());
        using var answer = await _client.SendAsync(request, CancellationToken.None);
        answer.EnsureSuccessStatusCode();
        var longest = (await Task.WhenAll(probes)).Max();
        var wrk = await load;
        for (var waited = Stopwatch.StartNew(); await Restarts() != before + 1; await Task.Delay(100, CancellationToken.None))
        {
            if (waited.Elapsed > TimeSpan.FromSeconds(10))
            {
                throw new BenchmarkException("no restart was counted");
            }
        }

        return new Sample(wrk.PerSecond, 0, 0, wrk.P50Micros, wrk.P99Micros, longest * 1000.0 / Stopwatch.Frequency);
    }

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        return _server?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>What the status page counts of loop 0, in the newest second that it has.</summary>
    private async Task<long> Restarts()
    {
        using var json = JsonDocument.Parse(await _client!.GetStringAsync("/status/data"));
        var latest = json.RootElement.GetProperty("samples").EnumerateArray().LastOrDefault();
        return latest.ValueKind == JsonValueKind.Undefined ? 0 : latest.GetProperty("loops")[0].GetProperty("restarts").GetInt64();
    }
}

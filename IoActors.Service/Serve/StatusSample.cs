using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Akka.IoActors.Service.Serve;

/// <summary>What the status page shows of one second.</summary>
/// <param name="Number">1, 2, …: the page asks for those behind the last that it has.</param>
/// <param name="Time">When it ended, in ms since 1970.</param>
/// <param name="RequestRate">Requests answered a second.</param>
/// <param name="P50">Their median latency in ms; 0 if there was none.</param>
/// <param name="P99">The latency in ms that 99 % stayed below.</param>
/// <param name="Requests">Requests answered since the start.</param>
/// <param name="Failed">Of these, those answered by a status of 500 or more.</param>
/// <param name="Cut">Of these, those whose connection ended before they did.</param>
/// <param name="Connections">Connections that are open.</param>
/// <param name="Health">How the service fares.</param>
/// <param name="Loops">What each loop did; one that stands still is left out.</param>
internal sealed record StatusSample(
    long Number,
    long Time,
    double RequestRate,
    double P50,
    double P99,
    long Requests,
    long Failed,
    long Cut,
    long Connections,
    string Health,
    IReadOnlyList<LoopSample> Loops);

/// <summary>One second of a loop.</summary>
/// <param name="Loop">Its number.</param>
/// <param name="OperationRate">Operations answered a second.</param>
/// <param name="ReadRate">Bytes read and received a second.</param>
/// <param name="WriteRate">Bytes written and sent a second.</param>
/// <param name="InFlight">Operations that the kernel or the pool has.</param>
/// <param name="Waiting">Operations that wait for their turn.</param>
/// <param name="Restarts">Times that its ring, or what stands for it, came back after a failure.</param>
/// <param name="Busy">The part of the second that it was not parked.</param>
internal sealed record LoopSample(
    int Loop, double OperationRate, double ReadRate, double WriteRate, long InFlight, long Waiting, long Restarts, double Busy);

/// <summary>The answer to the page's question.</summary>
/// <param name="Backend">The backend, and what the page says of it.</param>
/// <param name="Directory">The name of the directory that is served.</param>
/// <param name="Chaos">Whether rings may be killed.</param>
/// <param name="Samples">The newest samples, oldest first.</param>
internal sealed record StatusAnswer(string Backend, string Directory, bool Chaos, IReadOnlyList<StatusSample> Samples);

/// <summary>Writes them, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusAnswer))]
internal sealed partial class StatusJson : JsonSerializerContext;

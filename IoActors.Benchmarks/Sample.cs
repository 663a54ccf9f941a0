namespace Akka.IoActors.Benchmarks;

/// <summary>What one side of a row did in one round.</summary>
/// <param name="OpsPerSecond">Operations (reads, requests, copies, …) a second.</param>
/// <param name="CpuMicros">User and system time of the process an operation, in µs; 0 where it is not known.</param>
/// <param name="Bytes">Managed bytes allocated an operation; 0 where it is not known.</param>
/// <param name="P50Micros">The median latency in µs; 0 where it was not measured.</param>
/// <param name="P99Micros">The latency that 99 % stay below, in µs; 0 where it was not measured.</param>
/// <param name="Value">What the row compares if it is none of these: bytes a connection, ms of a gap, a count.</param>
internal sealed record Sample(
    double OpsPerSecond, double CpuMicros, double Bytes, double P50Micros = 0, double P99Micros = 0, double Value = 0);

/// <summary>Which figure of a sample a row compares, and which way is better.</summary>
internal enum Metric
{
    /// <summary>Operations a second: more is better.</summary>
    Throughput,

    /// <summary>CPU an operation: less is better.</summary>
    Cpu,

    /// <summary>Median latency: less is better.</summary>
    P50,

    /// <summary>The sample's own value: less is better.</summary>
    Value,
}

using System;
using System.Threading.Tasks;

namespace Akka.IoActors.Benchmarks;

/// <summary>What a worker process measures, round after round.</summary>
internal interface ISide : IAsyncDisposable
{
    /// <summary>Works for about so long, and tells what came of it.</summary>
    Task<Sample> Run(TimeSpan time);
}

using System;
using Akka.Actor;

namespace Akka.IoActors.Supervision;

/// <summary>What the supervisor knows of one loop. Owned by the supervisor.</summary>
internal sealed class SupervisedLoop(IActorRef backend)
{
    internal IActorRef Backend { get; } = backend;

    internal IoHealth Health { get; set; } = IoHealth.Starting;

    /// <summary>Why it failed last; null since it has been up again.</summary>
    internal Exception? LastFailure { get; set; }

    /// <summary>Looks whether it turns; null until it has been up, and after its end.</summary>
    internal LoopWatch? Watch { get; set; }
}

/// <summary>The refs of a service that has come up.</summary>
/// <param name="Whole">What users tell their operations.</param>
/// <param name="Loops">Each loop's own; the same ref if there is one loop.</param>
internal sealed record ServiceRefs(IActorRef Whole, System.Collections.Generic.IReadOnlyList<IActorRef> Loops);

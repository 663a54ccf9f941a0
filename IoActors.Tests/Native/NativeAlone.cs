using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>
/// Tests that count the process's descriptors and mappings, or close numbers under their owner: no other
/// test may run meanwhile.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NativeAlone
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "native, alone";
}

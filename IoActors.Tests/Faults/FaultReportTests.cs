using System.Linq;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>There is a test for each scenario.</summary>
public sealed class FaultReportTests
{
    /// <summary>ENOBUFS on a provided-buffer ring: no backend has such a ring yet.</summary>
    private const int ProvidedBuffers = 38;

    [Fact]
    public void Each_of_the_52_scenarios_but_one_has_a_test() =>
        Assert.Equal(Enumerable.Range(1, 52).Except([ProvidedBuffers]), FaultReport.Numbers.Order());
}

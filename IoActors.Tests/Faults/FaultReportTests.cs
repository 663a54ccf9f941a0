using System.Linq;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>There is a test for each scenario.</summary>
public sealed class FaultReportTests
{
    [Fact]
    public void Each_of_the_52_scenarios_has_a_test() =>
        Assert.Equal(Enumerable.Range(1, 52), FaultReport.Numbers.Order());
}

using System;
using Akka.IoActors.Loop;
using Xunit;

namespace Akka.IoActors.Tests.Parts;

/// <summary>When a loop spins, and when it has learnt not to.</summary>
public sealed class SpinBudgetTests
{
    private static readonly TimeSpan Most = TimeSpan.FromMicroseconds(20);

    [Fact]
    public void Spinning_in_vain_is_given_up_and_taken_up_again_when_work_comes_soon()
    {
        var budget = new SpinBudget(Most);
        for (var n = 0; n < 8; n++)
        {
            Assert.Equal(Most, budget.Current);
            budget.WasInVain();
            budget.Parked(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(TimeSpan.Zero, budget.Current);
        budget.Parked(TimeSpan.FromMicroseconds(30));
        budget.Parked(TimeSpan.FromMicroseconds(30));
        budget.Parked(TimeSpan.FromMilliseconds(1));
        budget.Parked(TimeSpan.FromMicroseconds(30));
        budget.Parked(TimeSpan.FromMicroseconds(30));
        Assert.Equal(TimeSpan.Zero, budget.Current);
        budget.Parked(TimeSpan.FromMicroseconds(30));
        Assert.Equal(Most, budget.Current);
    }

    [Fact]
    public void A_spin_that_pays_keeps_it_alive()
    {
        var budget = new SpinBudget(Most);
        for (var n = 0; n < 100; n++)
        {
            budget.WasInVain();
            if (n % 4 == 0)
            {
                budget.Paid();
            }

            Assert.Equal(Most, budget.Current);
        }
    }

    [Fact]
    public void Zero_means_never()
    {
        var budget = new SpinBudget(TimeSpan.Zero);
        budget.Parked(TimeSpan.Zero);
        budget.Paid();
        Assert.Equal(TimeSpan.Zero, budget.Current);
    }
}

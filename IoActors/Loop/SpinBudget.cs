using System;

namespace Akka.IoActors.Loop;

/// <summary>
/// Whether a loop that has nothing to do should spin before it parks, learnt from how it went: spinning that is in vain
/// several times in a row is given up, until short parks show that work comes soon again. Owned by the loop's thread.
/// </summary>
/// <param name="most">How long to spin at the most; zero for never.</param>
internal sealed class SpinBudget(TimeSpan most)
{
    /// <summary>Spins in vain before it is given up: a loop that idles pays this much, once.</summary>
    private const int Patience = 8;

    /// <summary>Parks in a row that were short, before spinning is tried again.</summary>
    private const int Evidence = 3;

    /// <summary>With what it takes a thread to wake, about this many spins' time: a park so short might have been spared.</summary>
    private const int WakeFactor = 2;

    private int _inVain;
    private int _short;

    /// <summary>How long to spin now.</summary>
    internal TimeSpan Current => _inVain < Patience ? most : TimeSpan.Zero;

    /// <summary>Work came while the loop span.</summary>
    internal void Paid() => _inVain = 0;

    /// <summary>No work came.</summary>
    internal void WasInVain() => _inVain++;

    /// <summary>The loop was parked for so long.</summary>
    internal void Parked(TimeSpan time)
    {
        _short = time < most * WakeFactor ? _short + 1 : 0;
        if (_short >= Evidence)
        {
            _short = 0;
            _inVain = 0;
        }
    }
}

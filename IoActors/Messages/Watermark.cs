using System;
using Akka.Actor;

namespace Akka.IoActors;

/// <summary>
/// Has a subscriber told when many operations wait, so that it pauses, and when few do again: back-pressure
/// without asking. Operations that wait are those behind others on their descriptor, for a place in flight, or for
/// a restart; past <c>io-actors.max-waiting</c> further ones are refused with −EAGAIN.
/// </summary>
/// <remarks>
/// The reply is 0; a <see cref="WatermarkReached"/> follows at each crossing, the first one at once if so many wait
/// already. A second one of the same subscriber takes the place of the first. It holds over restarts of the
/// backend, and ends with the subscriber, or by <see cref="Off"/>.
/// </remarks>
public sealed class Watermark : IoOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="subscriber">Who is told.</param>
    /// <param name="high">Operations at which it is told to pause.</param>
    /// <param name="low">Operations at which it is told to go on; fewer than <paramref name="high"/>.</param>
    /// <exception cref="ArgumentNullException">There is no subscriber.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The numbers are not 0 ≤ low &lt; high.</exception>
    public Watermark(IActorRef subscriber, long high, long low)
        : base(null)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        ArgumentOutOfRangeException.ThrowIfNegative(low);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(high, low);
        Subscriber = subscriber;
        High = high;
        Low = low;
    }

    private Watermark(IActorRef subscriber)
        : base(null)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        Subscriber = subscriber;
    }

    /// <summary>Who is told.</summary>
    public IActorRef Subscriber { get; }

    /// <summary>Operations at which it is told to pause; 0 if it wants to hear no more.</summary>
    public long High { get; }

    /// <summary>Operations at which it is told to go on.</summary>
    public long Low { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Watermark;

    /// <summary>Ends a subscription.</summary>
    /// <param name="subscriber">Who wants to hear no more.</param>
    public static Watermark Off(IActorRef subscriber) => new(subscriber);

    private protected override string Details => FormattableString.Invariant($"{Subscriber.Path}, {High}, {Low}");
}

/// <summary>Tells a subscriber of <see cref="Watermark"/> that a mark has been reached.</summary>
/// <param name="Level">Which.</param>
/// <param name="Waiting">Operations that wait at this moment.</param>
public sealed record WatermarkReached(WatermarkLevel Level, long Waiting);

/// <summary>The two marks of a <see cref="Watermark"/>.</summary>
public enum WatermarkLevel
{
    /// <summary>Few operations wait: go on.</summary>
    Low,

    /// <summary>Many operations wait: pause.</summary>
    High,
}

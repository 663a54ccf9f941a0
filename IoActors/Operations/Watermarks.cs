using System.Collections.Generic;
using Akka.Actor;

namespace Akka.IoActors.Operations;

/// <summary>
/// Those who want to hear when many operations wait, and when few do again. Owned by the loop's thread.
/// </summary>
internal sealed class Watermarks
{
    private readonly Dictionary<IActorRef, Subscription> _subscriptions = [];

    // What must be reached for anybody to be told; a look costs two comparisons.
    private long _rise = long.MaxValue;
    private long _fall = -1;

    /// <summary>Somebody subscribes, instead of what he had before.</summary>
    internal void Add(Watermark watermark, long waiting)
    {
        _subscriptions[watermark.Subscriber] = new Subscription(watermark.High, watermark.Low);
        Tell(waiting);
    }

    /// <summary>Somebody wants to hear no more.</summary>
    internal void Remove(IActorRef subscriber, long waiting)
    {
        if (_subscriptions.Remove(subscriber))
        {
            Tell(waiting);
        }
    }

    /// <summary>So many wait now.</summary>
    internal void Look(long waiting)
    {
        if (waiting >= _rise || waiting <= _fall)
        {
            Tell(waiting);
        }
    }

    private void Tell(long waiting)
    {
        _rise = long.MaxValue;
        _fall = -1;
        foreach (var (subscriber, subscription) in _subscriptions)
        {
            if (!subscription.IsHigh && waiting >= subscription.High)
            {
                subscription.IsHigh = true;
                subscriber.Tell(new WatermarkReached(WatermarkLevel.High, waiting));
            }
            else if (subscription.IsHigh && waiting <= subscription.Low)
            {
                subscription.IsHigh = false;
                subscriber.Tell(new WatermarkReached(WatermarkLevel.Low, waiting));
            }

            if (subscription.IsHigh)
            {
                _fall = System.Math.Max(_fall, subscription.Low);
            }
            else
            {
                _rise = System.Math.Min(_rise, subscription.High);
            }
        }
    }

    private sealed class Subscription(long high, long low)
    {
        internal long High { get; } = high;

        internal long Low { get; } = low;

        internal bool IsHigh { get; set; }
    }
}

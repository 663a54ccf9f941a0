namespace Akka.IoActors;

/// <summary>How operations on one descriptor stand to each other (the law of order).</summary>
internal enum OrderClass
{
    /// <summary>Not on a descriptor, or answered by the loop at once.</summary>
    None,

    /// <summary>At an offset of its own: may overtake and be overtaken by its like.</summary>
    Positional,

    /// <summary>Takes from the stream, or moves the cursor: after the earlier ones of its direction.</summary>
    In,

    /// <summary>Adds to the stream, or moves the cursor: after the earlier ones of its direction.</summary>
    Out,

    /// <summary>Starts when everything sent earlier has finished; later ones need not wait for it.</summary>
    Sync,

    /// <summary>Starts when everything sent earlier has finished, and later ones wait for its end.</summary>
    Exclusive,
}

namespace Akka.IoActors.AspNetCore;

/// <summary>How Kestrel's connections are served. Limits of connections, headers and rates are Kestrel's own: <c>KestrelServerLimits</c>.</summary>
public sealed class IoTransportOptions
{
    /// <summary>
    /// Where the application runs: on .NET's thread pool, or on the loops, where a request takes no hop between kernel and handler.
    /// On the loops nothing may block, neither handlers nor middleware: while one does, all connections of its loop wait. The thread pool unless told otherwise.
    /// </summary>
    public IoScheduling Scheduling { get; set; }

    /// <summary>Connections that may wait to be accepted, 512 unless told otherwise; the kernel's <c>somaxconn</c> bounds it.</summary>
    public int Backlog { get; set; } = 512;

    /// <summary>Whether small writes go out at once (TCP_NODELAY); true unless told otherwise.</summary>
    public bool NoDelay { get; set; } = true;

    /// <summary>Bytes that are received and not read yet, at which receiving pauses until half of them are read; 1 MiB unless told otherwise, 0 for no limit.</summary>
    public long MaxReadBufferSize { get; set; } = 1024 * 1024;

    /// <summary>Bytes that are written and not sent yet, at which a flush waits until half of them are sent; 64 KiB unless told otherwise, 0 for no limit.</summary>
    public long MaxWriteBufferSize { get; set; } = 64 * 1024;
}

/// <summary>Where the application runs.</summary>
public enum IoScheduling
{
    /// <summary>On .NET's thread pool: code may block.</summary>
    ThreadPool,

    /// <summary>On the loop of the connection: code must not block.</summary>
    Loop,
}

using System;

namespace Akka.IoActors.Native;

/// <summary>The events of <c>poll(2)</c>; those of <c>epoll(7)</c> have the same numbers.</summary>
[Flags]
internal enum PollEvents : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>POLLIN: there is something to read, to accept, or an end to see.</summary>
    In = 0x001,

    /// <summary>POLLOUT: there is room to write.</summary>
    Out = 0x004,

    /// <summary>POLLERR: something is wrong; reported whether asked for or not.</summary>
    Err = 0x008,

    /// <summary>POLLHUP: the other side has gone; reported whether asked for or not.</summary>
    Hup = 0x010,
}

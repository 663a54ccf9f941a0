using System;

namespace Akka.IoActors.Native;

/// <summary>A system call that the library itself needs has failed.</summary>
internal sealed class NativeException : Exception
{
    internal NativeException(string call, int result)
        : base(FormattableString.Invariant(
            $"{call}: {((Errno)(-result)).Name()} ({((Errno)(-result)).Description()})"))
    {
        Call = call;
        Errno = (Errno)(-result);
    }

    /// <summary>The system call, such as <c>io_uring_enter</c>.</summary>
    internal string Call { get; }

    /// <summary>Why it failed.</summary>
    internal Errno Errno { get; }
}

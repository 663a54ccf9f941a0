using System;
using System.Runtime.InteropServices;

namespace Akka.IoActors.Tests.Parity;

/// <summary>Holds an array in place while a system call uses it.</summary>
internal readonly struct Pin : IDisposable
{
    private readonly GCHandle _handle;

    internal Pin(Array array) => _handle = GCHandle.Alloc(array, GCHandleType.Pinned);

    /// <summary>Of its first element.</summary>
    internal nint Address => _handle.AddrOfPinnedObject();

    public void Dispose() => _handle.Free();
}

using System;
using Akka.IoActors.Native;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>The two ends of a pipe, closed with it.</summary>
internal sealed class Pipe : IDisposable
{
    internal Pipe()
    {
        Assert.Equal(0, Sys.Pipe(out var readEnd, out var writeEnd));
        ReadEnd = readEnd;
        WriteEnd = writeEnd;
    }

    internal int ReadEnd { get; }

    internal int WriteEnd { get; }

    /// <summary>Closes both.</summary>
    public void Dispose()
    {
        Assert.Equal(0, Sys.Close(ReadEnd));
        Assert.Equal(0, Sys.Close(WriteEnd));
    }
}

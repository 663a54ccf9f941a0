using System.Diagnostics;

namespace Akka.IoActors.Tests.Support;

/// <summary>Named pipes.</summary>
internal static class Fifo
{
    /// <summary>Makes one.</summary>
    /// <returns>The exit code of mkfifo(1).</returns>
    internal static int Make(string path)
    {
        using var process = Process.Start("mkfifo", path);
        process.WaitForExit();
        return process.ExitCode;
    }
}

namespace Akka.IoActors.Service.Copy;

/// <summary>What the command line asks for.</summary>
/// <param name="Verify">Whether source and copy are read again and compared.</param>
/// <param name="Jobs">Files that are copied at the same time.</param>
/// <param name="Direct">Whether data goes past the page cache.</param>
internal sealed record CopyOptions(bool Verify, int Jobs, bool Direct)
{
    /// <summary>Files at the same time, by default: enough that their fsyncs share commits of the journal.</summary>
    internal const int DefaultJobs = 32;

    /// <summary>The most files at the same time.</summary>
    internal const int MostJobs = 1024;
}

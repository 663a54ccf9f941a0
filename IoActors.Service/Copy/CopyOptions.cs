namespace Akka.IoActors.Service.Copy;

/// <summary>When a copy is brought to the device.</summary>
internal enum SyncPolicy
{
    /// <summary>Each file before it gets its name: a name never stands for less than the whole file.</summary>
    Each,

    /// <summary>Everything at the end, before success is reported.</summary>
    End,

    /// <summary>Whenever the kernel does it, as with <c>cp</c>.</summary>
    None,
}

/// <summary>Whether a copy shares the blocks of its source, where the file system can do that.</summary>
internal enum ReflinkPolicy
{
    /// <summary>Where it can.</summary>
    Auto,

    /// <summary>Always; a file that cannot be shared is not copied.</summary>
    Always,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>What the command line asks for.</summary>
/// <param name="Verify">Whether source and copy are read again and compared.</param>
/// <param name="Jobs">Files that are copied at the same time.</param>
/// <param name="Direct">Whether data goes past the page cache.</param>
/// <param name="Sync">When it is brought to the device.</param>
/// <param name="Reflink">Whether blocks are shared.</param>
internal sealed record CopyOptions(bool Verify, int Jobs, bool Direct, SyncPolicy Sync, ReflinkPolicy Reflink)
{
    /// <summary>Files at the same time, by default: enough that their fsyncs share commits of the journal.</summary>
    internal const int DefaultJobs = 32;

    /// <summary>The most files at the same time.</summary>
    internal const int MostJobs = 1024;
}

using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Service.Copy;

/// <summary>A file and its copy, both open.</summary>
/// <param name="Job">Their names.</param>
/// <param name="From">The source.</param>
/// <param name="To">The copy, under its temporary name.</param>
/// <param name="Before">What the source was when it was opened.</param>
/// <param name="Direct">Whether both are open for O_DIRECT.</param>
internal sealed record FilePair(
    FileJob Job, SafeFileHandle From, SafeFileHandle To, FileStatus Before, bool Direct)
{
    /// <summary>Whether the source has holes.</summary>
    internal bool IsSparse => Before.AllocatedSize < Before.Size;

    /// <summary>The descriptor of the copy, for calls that are no operations.</summary>
    internal int ToNumber => (int)To.DangerousGetHandle();
}

namespace Akka.IoActors.Service.Copy;

/// <summary>Comparisons of what is known of files.</summary>
internal static class FileStatusExtensions
{
    /// <summary>Whether both are of the very same file: device and inode.</summary>
    internal static bool IsSameAs(this FileStatus status, FileStatus other) =>
        status.Inode == other.Inode && status.Device == other.Device;

    /// <summary>Whether the time of the last change is the same, to the nanosecond.</summary>
    internal static bool HasModifyTimeOf(this FileStatus status, FileStatus other) =>
        status.ExactModifyTime.Seconds == other.ExactModifyTime.Seconds
        && status.ExactModifyTime.Nanoseconds == other.ExactModifyTime.Nanoseconds;
}

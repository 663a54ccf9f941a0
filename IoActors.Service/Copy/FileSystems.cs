using System.Collections.Generic;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// The file systems that a copy has been written to: most often one, but a directory that was there already may be
/// a mount point. Owned by whoever makes the directories.
/// </summary>
internal sealed class FileSystems(CopyReport report)
{
    /// <summary>A directory on each, by device.</summary>
    private readonly Dictionary<ulong, FilePath> _directories = [];

    /// <summary>Files will be written to this directory.</summary>
    internal void Add(FilePath directory, FileStatus status) => _directories.TryAdd(status.Device, directory);

    /// <summary>
    /// Brings all of it to the devices: <c>syncfs(2)</c>, which tells of what could not be written since Linux 5.8.
    /// </summary>
    internal void Sync()
    {
        foreach (var directory in _directories.Values)
        {
            var fd = Sys.OpenPath(directory.Terminated, OpenFlags.Directory.ToNative());
            var result = fd < 0 ? fd : Sys.SyncFileSystem(fd);
            if (fd >= 0)
            {
                _ = Sys.Close(fd);
            }

            if (result < 0)
            {
                report.Fail(directory, new CopyException((Errno)(-result), null, "cannot bring the copy to the device"));
            }
        }
    }
}

using System.IO;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// Gives a copy the attributes of its source: owner (for root alone), permissions, times; in this order, since
/// a change of the owner takes set-user-ID away, and anything else would touch the times.
/// </summary>
internal sealed class Attributes(CopyReport report)
{
    private const UnixFileMode SetId = UnixFileMode.SetUser | UnixFileMode.SetGroup;

    private readonly uint _user = Sys.EffectiveUser;

    private bool IsRoot => _user == 0;

    /// <summary>Owner, permissions and times of an open file.</summary>
    internal void Apply(FileJob job, int fd, FileStatus status)
    {
        if (IsRoot)
        {
            Check(Sys.SetOwner(fd, (uint)status.UserId, (uint)status.GroupId), "owner", job.Source, job.Target);
        }

        Check(Sys.SetMode(fd, ModeOf(status)), "permissions", job.Source, job.Target);
        ApplyTimes(job, fd, status);
    }

    /// <summary>The times of an open file alone.</summary>
    internal void ApplyTimes(FileJob job, int fd, FileStatus status) => Check(
        Sys.SetTimes(fd, status.ExactAccessTime, status.ExactModifyTime), "times", job.Source, job.Target);

    /// <summary>Owner and times of a symbolic link; it has no permissions.</summary>
    internal void ApplyToLink(FilePath source, FilePath link, FilePath target, FileStatus status)
    {
        if (IsRoot)
        {
            Check(Sys.SetOwner(link.Terminated, (uint)status.UserId, (uint)status.GroupId), "owner", source, target);
        }

        Check(Sys.SetTimes(link.Terminated, status.ExactAccessTime, status.ExactModifyTime), "times", source, target);
    }

    /// <summary>Owner, permissions and times of a directory.</summary>
    internal void ApplyToDirectory(FilePath source, FilePath target, FileStatus status)
    {
        if (IsRoot)
        {
            Check(Sys.SetOwner(target.Terminated, (uint)status.UserId, (uint)status.GroupId), "owner", source, target);
        }

        Check(Sys.SetMode(target.Terminated, ModeOf(status)), "permissions", source, target);
        Check(
            Sys.SetTimes(target.Terminated, status.ExactAccessTime, status.ExactModifyTime), "times", source, target);
    }

    /// <summary>Somebody else's set-user-ID must not become ours.</summary>
    private uint ModeOf(FileStatus status) =>
        (uint)(IsRoot || status.UserId == _user ? status.Mode : status.Mode & ~SetId);

    /// <summary>The copy is whole but for its attribute: it stays, and the failure is told.</summary>
    private void Check(int result, string attribute, FilePath source, FilePath target)
    {
        if (result < 0)
        {
            report.Fail(source, new CopyException((Errno)(-result), null, $"cannot set the {attribute} of {target}"));
        }
    }
}

using System;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service.Copy;

/// <summary>Copies symbolic links as what they are, under a temporary name first, like files.</summary>
internal sealed class LinkCopier(CopyReport report, Attributes attributes)
{
    /// <summary>Copies one link.</summary>
    /// <exception cref="CopyException">It is not copied, and nothing of it is left.</exception>
    internal void Copy(FileJob job, FileStatus status)
    {
        if (job.Directory is not { IsNew: true }
            && Sys.Stat(job.Target.Terminated, follow: false, out var statx) >= 0
            && new FileStatus(statx).IsSameAs(status))
        {
            throw CopyException.SameFile(job.Target);
        }

        var target = new byte[Sys.PathMax];
        var length = Sys.ReadLink(job.Source.Terminated, target.AsSpan(..^1));
        CopyException.ThrowIfFailed(length);
        var temporary = Temporary.NameBeside(job.Target);
        var renamed = false;
        try
        {
            CopyException.ThrowIfFailed(
                Sys.MakeLink(target.AsSpan(0, length + 1), temporary.Terminated), "cannot make", job.Target);
            attributes.ApplyToLink(job.Source, temporary, job.Target, status);
            CopyException.ThrowIfFailed(
                Sys.Rename(temporary.Terminated, job.Target.Terminated), "cannot replace", job.Target);
            renamed = true;
            report.AddLink();
        }
        finally
        {
            if (!renamed)
            {
                Temporary.Remove(temporary, job, report);
            }
        }
    }
}

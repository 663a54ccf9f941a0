using System;
using System.Text;
using Akka.IoActors.Native;

namespace Akka.IoActors.Service.Copy;

/// <summary>The name that a copy has until it is whole.</summary>
internal static class Temporary
{
    /// <summary>How such a name begins.</summary>
    internal const string Prefix = ".ioactors-cp-";

    /// <summary>A name in the same directory that nobody else has: renaming it is then one step.</summary>
    internal static FilePath NameBeside(FilePath target) =>
        target.Parent.Child(Encoding.ASCII.GetBytes($"{Prefix}{Guid.NewGuid():n}"));

    /// <summary>Removes it, if it is there.</summary>
    internal static void Remove(FilePath temporary, FileJob job, CopyReport report)
    {
        var result = Sys.Unlink(temporary.Terminated);
        if (result < 0 && result is not (-(int)Errno.ENOENT or -(int)Errno.ENOTDIR or -(int)Errno.ENAMETOOLONG))
        {
            report.Fail(job.Source, new CopyException((Errno)(-result), null, $"cannot remove {temporary}"));
        }
    }
}

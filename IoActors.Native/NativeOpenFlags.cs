using Tmds.Linux;

namespace Akka.IoActors.Native;

/// <summary>The flags of <c>open(2)</c> with the numbers of the architecture that we run on.</summary>
internal static class NativeOpenFlags
{
    internal static int CloseOnExec => LibC.O_CLOEXEC;

    internal static int Create => LibC.O_CREAT;

    internal static int Exclusive => LibC.O_EXCL;

    internal static int Truncate => LibC.O_TRUNC;

    internal static int Append => LibC.O_APPEND;

    internal static int Direct => LibC.O_DIRECT;

    internal static int DataSync => LibC.O_DSYNC;

    internal static int Sync => LibC.O_SYNC;

    internal static int Directory => LibC.O_DIRECTORY;

    internal static int NoFollow => LibC.O_NOFOLLOW;

    internal static int NonBlock => LibC.O_NONBLOCK;

    internal static int NoAccessTime => LibC.O_NOATIME;

    internal static int TemporaryFile => LibC.O_TMPFILE;

    internal static int PathOnly => LibC.O_PATH;

    internal static int NoControllingTerminal => LibC.O_NOCTTY;
}

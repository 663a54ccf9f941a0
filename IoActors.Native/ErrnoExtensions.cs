using System;
using System.Runtime.InteropServices;

namespace Akka.IoActors;

/// <summary>Names and descriptions of <see cref="Errno"/> values.</summary>
public static class ErrnoExtensions
{
    /// <summary>
    /// The symbolic name, such as <c>ENOENT</c>, or <c>errno 4095</c> for a number that Linux
    /// does not define.
    /// </summary>
    /// <param name="errno">The error; positive, as in <c>errno.h</c>.</param>
    public static string Name(this Errno errno) =>
        Enum.GetName(errno) ?? FormattableString.Invariant($"errno {(int)errno}");

    /// <summary>What the C library says of it (<c>strerror(3)</c>), such as <c>No such file or directory</c>.</summary>
    /// <param name="errno">The error; positive, as in <c>errno.h</c>.</param>
    public static string Description(this Errno errno) =>
        errno == Errno.None ? "Success" : Marshal.GetPInvokeErrorMessage((int)errno);
}

using System.Runtime.InteropServices;
using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Tells what is known of a file by its name: type, permissions, size, times.</summary>
/// <remarks>
/// The reply is 0, with <see cref="IoResult.Status"/>. What <see cref="PathOperation"/> says. <c>statx(2)</c>;
/// <c>IORING_OP_STATX</c>, since Linux 5.6. Of an open file: <see cref="FStat"/>.
/// </remarks>
public sealed class Stat : PathOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="path">The file.</param>
    /// <param name="follow">Whether a symbolic link stands for what it points to, or for itself.</param>
    /// <param name="directory">Where a relative path starts; the working directory if null.</param>
    /// <exception cref="System.ArgumentException">The path is empty or contains a NUL.</exception>
    public Stat(string path, bool follow = true, Descriptor? directory = null)
        : base(directory, path) => Follow = follow;

    /// <summary>Whether a symbolic link stands for what it points to.</summary>
    public bool Follow { get; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Stat;

    internal override UringOpcode? Opcode => UringOpcode.Statx;

    // The structure that the kernel fills stands before the path.
    private protected override int Room => Statx.ByteSize;

    private uint NativeFlags => Follow ? 0u : Sys.SymlinkNoFollow;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) => sqe.Set(
        UringOpcode.Statx,
        DirectoryOf(arguments),
        PathOf(arguments),
        Statx.AllMask,
        (ulong)arguments.LentAddress,
        NativeFlags,
        0);

    internal override long Call(OperationArguments arguments) => Sys.Statx(
        DirectoryOf(arguments), PathOf(arguments), NativeFlags, Statx.AllMask, arguments.LentAddress);

    internal override IoResult ToResult(OperationArguments arguments, long result) => result < 0
        ? new IoResult(this, result)
        : new StatusResult(this, new FileStatus(MemoryMarshal.Read<Statx>(arguments.Lent)));
}

using Akka.IoActors.Native;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors;

/// <summary>Removes a name: <see cref="Unlink"/> or <see cref="RmDir"/>, which are one call with a flag.</summary>
public abstract class RemoveOperation : PathOperation
{
    private readonly int _flags;

    private protected RemoveOperation(Descriptor? directory, string path, int flags)
        : base(directory, path) => _flags = flags;

    internal override UringOpcode? Opcode => UringOpcode.UnlinkAt;

    internal override void Prepare(OperationArguments arguments, ref UringSqe sqe) =>
        sqe.Set(UringOpcode.UnlinkAt, DirectoryOf(arguments), PathOf(arguments), 0, 0, (uint)_flags, 0);

    internal override long Call(OperationArguments arguments) =>
        Sys.UnlinkAt(DirectoryOf(arguments), PathOf(arguments), _flags);
}

using System.Text;
using Akka.IoActors.Native;

namespace Akka.IoActors;

/// <summary>Tells what a symbolic link says.</summary>
/// <remarks>
/// The reply is the number of bytes of <see cref="IoResult.LinkTarget"/>. −EINVAL for anything but a symbolic link, and what
/// <see cref="PathOperation"/> says. <c>readlinkat(2)</c> on the offload pool: there is no opcode.
/// </remarks>
public sealed class ReadLink : PathOperation
{
    /// <summary>Makes the message.</summary>
    /// <param name="path">The link.</param>
    /// <param name="directory">Where a relative path starts; the working directory if null.</param>
    /// <exception cref="System.ArgumentException">The path is empty or contains a NUL.</exception>
    public ReadLink(string path, Descriptor? directory = null)
        : base(directory, path)
    {
    }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.ReadLink;

    // The answer stands before the path; no link says more than a path may have.
    private protected override int Room => Sys.PathMax;

    internal override long Call(OperationArguments arguments) => Sys.ReadLinkAt(
        DirectoryOf(arguments), PathOf(arguments), arguments.LentAddress, Sys.PathMax);

    internal override IoResult ToResult(OperationArguments arguments, long result) => result < 0
        ? new IoResult(this, result)
        : new LinkResult(this, result, Encoding.UTF8.GetString(arguments.Lent[..(int)result]));
}

/// <summary>The reply to a successful <see cref="ReadLink"/>.</summary>
internal sealed class LinkResult(IoOperation operation, long result, string target) : IoResult(operation, result)
{
    public override string LinkTarget { get; } = target;
}

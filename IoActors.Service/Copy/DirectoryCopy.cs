using System.Threading;

namespace Akka.IoActors.Service.Copy;

/// <summary>
/// A directory that is being copied. Its permissions and times can be set only when everything in it is
/// done, which the last one to leave does. Any thread.
/// </summary>
internal sealed class DirectoryCopy
{
    private readonly FilePath _source;
    private readonly FileStatus _status;
    private readonly Attributes _attributes;

    /// <summary>The walk, and each child that is not done.</summary>
    private int _holders = 1;

    internal DirectoryCopy(
        FilePath source, FilePath target, FileStatus status, bool isNew, DirectoryCopy? parent, Attributes attributes)
    {
        _source = source;
        _status = status;
        _attributes = attributes;
        Target = target;
        IsNew = isNew;
        Parent = parent;
        parent?.Hold();
    }

    /// <summary>The copy.</summary>
    internal FilePath Target { get; }

    /// <summary>Whether it did not exist before, so that nothing in it can be in the way.</summary>
    internal bool IsNew { get; }

    /// <summary>The directory that this one stands in; null for the root of the copy.</summary>
    internal DirectoryCopy? Parent { get; }

    /// <summary>A child begins.</summary>
    internal void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>A child is done, copied or not; or the walk has left.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _attributes.ApplyToDirectory(_source, Target, _status);
            Parent?.Release();
        }
    }
}

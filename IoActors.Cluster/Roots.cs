using System;
using System.Collections.Generic;
using System.IO;
using Akka.Actor;
using Akka.Streams;

namespace Akka.IoActors.Clustering;

/// <summary>
/// What is said to <c>system.IoCluster().Manager</c>: requests for files beneath the roots that nodes export. Each is answered by one reply, or by
/// <see cref="Files.Failed"/>; a request that may have taken effect although it failed says so (<see cref="Files.Failed.OutcomeUnknown"/>).
/// </summary>
/// <remarks>
/// A request goes to one node, if the root is a plain one: the one that is named, or the only one that exports it. A sharded root is on many, and the
/// path says on which: consistent hashing, over the names of the nodes. There a request is carried out on as many nodes as the root has
/// replicas, directories are on all of its nodes, and success is what the root's quorum of them has done.
/// </remarks>
public static class Roots
{
    /// <summary>Something that is wanted of a root.</summary>
    public abstract record Request
    {
        private protected Request(string root, string path)
        {
            ArgumentNullException.ThrowIfNull(root);
            ArgumentNullException.ThrowIfNull(path);
            (Root, Path) = (root, RootPath.Check(path, nameof(path)));
        }

        /// <summary>The name of the root.</summary>
        public string Root { get; }

        /// <summary>The path beneath it, of names and "/"; empty for the root itself.</summary>
        public string Path { get; }

        /// <summary>
        /// The node, by its name or as host:port; null for the one that exports the root. From outside of the cluster it is to be host:port, and of a
        /// sharded root then any node that knows the others.
        /// </summary>
        public string? Node { get; init; }

        /// <summary>Comes back with the reply.</summary>
        public long Tag { get; init; }

        /// <summary>Whether a change is wanted, so that a failure may leave one behind.</summary>
        internal virtual bool Changes => false;

        /// <summary>The request as it concerns one node.</summary>
        internal string Name => GetType().Name;
    }

    /// <summary>A request with one reply.</summary>
    /// <typeparam name="TReply">The reply: what <see cref="RootsExtensions.Ask"/> gives.</typeparam>
    public abstract record Request<TReply> : Request
    {
        private protected Request(string root, string path)
            : base(root, path)
        {
        }
    }

    /// <summary>What a request was answered.</summary>
    public abstract record Reply
    {
        private protected Reply()
        {
        }

        /// <summary>The <see cref="Request.Tag"/> of the request.</summary>
        public long Tag { get; init; }
    }

    /// <summary>Opens a file: the reply is <see cref="Files.Opened"/>, with a handle on this node, which takes what a file of <c>system.IoFiles()</c> takes.</summary>
    public sealed record Open : Request<Files.Opened>
    {
        /// <summary>Makes the request.</summary>
        /// <param name="root">The name of the root.</param>
        /// <param name="path">The file beneath it.</param>
        /// <param name="flags">
        /// How it is opened: a way of access, and of Create, Exclusive, Truncate, Append, DataSync, Sync, NoFollow what is wanted; EINVAL for others.
        /// </param>
        /// <param name="mode">The permissions of a file that is made, less the umask there; set-user-ID and the like are left out.</param>
        /// <param name="owner">
        /// The handle closes when this actor stops. The sender if null. <see cref="ActorRefs.Nobody"/>: it is closed by <see cref="Files.Close"/> alone. An Ask
        /// has no sender that lasts, and must name an owner: else EINVAL.
        /// </param>
        /// <exception cref="ArgumentException">The path has a NUL, or the flags contradict each other.</exception>
        public Open(
            string root,
            string path,
            OpenFlags flags = OpenFlags.ReadOnly,
            UnixFileMode mode = Files.DefaultMode,
            IActorRef? owner = null)
            : base(root, path)
        {
            // Its constructor looks at them.
            _ = new Akka.IoActors.Open(Path.Length == 0 ? "." : Path, flags, mode);
            (Flags, Mode, Owner) = (flags, mode, owner);
        }

        /// <summary>How it is opened.</summary>
        public OpenFlags Flags { get; }

        /// <summary>The permissions of a file that is made.</summary>
        public UnixFileMode Mode { get; }

        /// <summary>The actor whose stop closes the handle; the sender if null.</summary>
        public IActorRef? Owner { get; }

        internal override bool Changes => (Flags & (OpenFlags.Create | OpenFlags.Truncate)) != 0;

        internal bool Writes => (Flags & (OpenFlags.WriteOnly | OpenFlags.ReadWrite)) != 0;
    }

    /// <summary>What there is to know of a name: <see cref="Files.Status"/>. A symbolic link stands for itself. <c>statx(2)</c>.</summary>
    /// <param name="Root">The name of the root.</param>
    /// <param name="Path">The path beneath it.</param>
    public sealed record Stat(string Root, string Path) : Request<Files.Status>(Root, Path);

    /// <summary>Lists a directory, as a stream: <see cref="Listing"/>. <c>getdents64(2)</c>.</summary>
    /// <param name="Root">The name of the root.</param>
    /// <param name="Path">The directory beneath it.</param>
    public sealed record List(string Root, string Path) : Request<Listing>(Root, Path);

    /// <summary>Makes a directory, on all nodes of a sharded root: <see cref="Done"/>. <c>mkdirat(2)</c>.</summary>
    public sealed record MkDir : Request<Done>
    {
        /// <summary>Makes the request.</summary>
        /// <param name="root">The name of the root.</param>
        /// <param name="path">The directory beneath it; the one that it stands in must be there.</param>
        /// <param name="mode">Its permissions, less the umask there.</param>
        public MkDir(string root, string path, UnixFileMode mode = Akka.IoActors.MkDir.DefaultMode)
            : base(root, path) => Mode = mode;

        /// <summary>Its permissions.</summary>
        public UnixFileMode Mode { get; }

        internal override bool Changes => true;
    }

    /// <summary>Removes a name of a file: <see cref="Done"/>. <c>unlinkat(2)</c>.</summary>
    /// <param name="Root">The name of the root.</param>
    /// <param name="Path">The file beneath it.</param>
    public sealed record Unlink(string Root, string Path) : Request<Done>(Root, Path)
    {
        internal override bool Changes => true;
    }

    /// <summary>Removes an empty directory, on all nodes of a sharded root: <see cref="Done"/>. <c>unlinkat(2)</c>.</summary>
    /// <param name="Root">The name of the root.</param>
    /// <param name="Path">The directory beneath it.</param>
    public sealed record RmDir(string Root, string Path) : Request<Done>(Root, Path)
    {
        internal override bool Changes => true;
    }

    /// <summary>
    /// Gives a file another name in the same directory, in the place of what had that: <see cref="Done"/>. <c>renameat2(2)</c>. On a sharded root EXDEV,
    /// if the other name belongs to other nodes; never from NAME.part to NAME, which belong together so that a file can be written under the one
    /// and then get the other.
    /// </summary>
    public sealed record Rename : Request<Done>
    {
        /// <summary>Makes the request.</summary>
        /// <param name="root">The name of the root.</param>
        /// <param name="path">The file beneath it.</param>
        /// <param name="newName">Its new name, without a directory.</param>
        /// <exception cref="ArgumentException">The new name is empty, ".", "..", or has a "/" or NUL.</exception>
        public Rename(string root, string path, string newName)
            : base(root, path) => NewName = RootPath.CheckName(newName, nameof(newName));

        /// <summary>The new name.</summary>
        public string NewName { get; }

        internal override bool Changes => true;
    }

    /// <summary>
    /// Asks for a file's bytes as a stream: <see cref="Reading"/>. <see cref="IoCluster.Source"/> is this as a source.
    /// </summary>
    /// <param name="Root">The name of the root.</param>
    /// <param name="Path">The file beneath it.</param>
    /// <param name="Offset">Where to start, in bytes from the start of the file.</param>
    public sealed record ReadBody(string Root, string Path, long Offset = 0) : Request<Reading>(Root, Path);

    /// <summary>
    /// Asks for a stream into a file of a plain root: <see cref="Writing"/>, and once that has ended, <see cref="Stored"/>. <see cref="IoCluster.Sink"/> is this as a sink.
    /// </summary>
    /// <param name="Root">The name of the root.</param>
    /// <param name="Path">The file beneath it.</param>
    /// <param name="Flags">How it is opened.</param>
    /// <param name="Mode">The permissions of a file that is made, less the umask there.</param>
    /// <param name="Sync">Whether it is on the device before it is <see cref="Stored"/>.</param>
    public sealed record WriteBody(
        string Root,
        string Path,
        OpenFlags Flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate,
        UnixFileMode Mode = Files.DefaultMode,
        bool Sync = false) : Request<Writing>(Root, Path)
    {
        internal override bool Changes => true;
    }

    /// <summary>Asks a node for all nodes that it knows, and their roots: <see cref="Described"/>.</summary>
    public sealed record Describe() : Request<Described>("", "");

    /// <summary>It has been done.</summary>
    public sealed record Done : Reply;

    /// <summary>A directory's entries, to be read by <see cref="Entries"/>; fails with what cannot be read.</summary>
    /// <param name="Batches">The stream, which is to be run within 30 s.</param>
    public sealed record Listing(ISourceRef<Entries> Batches) : Reply
    {
        /// <summary>Where it comes from; null for one of this node's own.</summary>
        internal IActorRef? Exporter { get; init; }
    }

    /// <summary>Some entries of a directory, in the order of its file system; "." and ".." are left out.</summary>
    /// <param name="Items">The entries.</param>
    public sealed record Entries(IReadOnlyList<Entry> Items) : Reply;

    /// <summary>An entry of a directory.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Type">What it is.</param>
    public readonly record struct Entry(string Name, FileType Type);

    /// <summary>A file's bytes.</summary>
    /// <param name="Blocks">The stream, which is to be run within 30 s.</param>
    public sealed record Reading(ISourceRef<Files.Block> Blocks) : Reply
    {
        /// <summary>Where it comes from.</summary>
        internal IActorRef? Exporter { get; init; }
    }

    /// <summary>A way into a file.</summary>
    /// <param name="Blocks">The stream, which is to be run within 30 s. Its blocks are written in their order; their positions do not matter.</param>
    public sealed record Writing(ISinkRef<Files.Block> Blocks) : Reply;

    /// <summary>A stream into a file has ended, and the file is closed.</summary>
    /// <param name="Count">Bytes.</param>
    public sealed record Stored(long Count) : Reply;

    /// <summary>What a node knows of others and itself.</summary>
    /// <param name="Nodes">The nodes.</param>
    public sealed record Described(IReadOnlyList<RootNode> Nodes) : Reply;
}

/// <summary>A node that exports roots.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Exports">What it exports.</param>
public sealed record RootNode(string Name, Address Address, IReadOnlyList<RootExport> Exports);

/// <summary>A root, as a node exports it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Writable">Whether files can be changed.</param>
/// <param name="Sharded">Whether the path of a file says on which nodes it is.</param>
/// <param name="Replicas">On how many.</param>
/// <param name="Quorum">How many of those must have done what is answered.</param>
/// <param name="MinNodes">Nobody is sent to it before so many nodes export it.</param>
public sealed record RootExport(string Name, bool Writable, bool Sharded, int Replicas, int Quorum, int MinNodes);

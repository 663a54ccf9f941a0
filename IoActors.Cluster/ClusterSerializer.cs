using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Clustering.Export;
using Akka.IoActors.Clustering.Handles;
using Akka.IoActors.Clustering.Wire;
using Akka.Serialization;
using Akka.Streams;
using Google.Protobuf;

namespace Akka.IoActors.Clustering;

/// <summary>
/// Writes what nodes say of roots to each other, as Protocol Buffers (<c>cluster.proto</c>). Registered by <c>system.IoCluster()</c>.
/// </summary>
/// <remarks>
/// A message is never longer than <c>io-actors-cluster.chunk</c> and a few KiB. A request of a kind that is not known is answered EPROTONOSUPPORT.
/// </remarks>
public sealed class ClusterSerializer : SerializerWithStringManifest
{
    private const string Requests = "roots.request.";
    private const string RequestManifest = Requests + "v1";
    private const string ReplyManifest = "roots.reply.v1";
    private const string SessionManifest = "roots.session.v1";

    // As configuration: a system that gets more of that makes its serializers anew.
    private static readonly Config s_config = ConfigurationFactory.ParseString(
        """
        akka.actor {
          serializers.io-cluster = "Akka.IoActors.Clustering.ClusterSerializer, IoActors.Cluster"
          serialization-identifiers { "Akka.IoActors.Clustering.ClusterSerializer, IoActors.Cluster" = 7311 }
          serialization-bindings {
            "Akka.IoActors.Clustering.Roots+Request, IoActors.Cluster" = io-cluster
            "Akka.IoActors.Clustering.Roots+Reply, IoActors.Cluster" = io-cluster
            "Akka.IoActors.Clustering.Export.OpenFileRequest, IoActors.Cluster" = io-cluster
            "Akka.IoActors.Clustering.Handles.SessionMessage, IoActors.Cluster" = io-cluster
          }
        }
        """);

    private readonly FilesSerializer _files;

    /// <summary>Makes it, for Akka.</summary>
    /// <param name="system">The actor system.</param>
    public ClusterSerializer(ExtendedActorSystem system)
        : base(system) => _files = new FilesSerializer(system);

    /// <summary>7311: of all serializers of a cluster this one alone.</summary>
    public override int Identifier => 7311;

    /// <summary>Has a system write and read these messages; more than once does no harm.</summary>
    /// <param name="system">The actor system.</param>
    [DynamicDependency(
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.NonPublicConstructors, typeof(ClusterSerializer))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.None, typeof(Roots.Request))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.None, typeof(Roots.Reply))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.None, typeof(OpenFileRequest))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.None, typeof(SessionMessage))]
    internal static void Register(ActorSystem system)
    {
        FilesSerializer.Register(system);
        system.Settings.InjectTopLevelFallback(s_config);
    }

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        Roots.Request or OpenFileRequest => RequestManifest,
        Roots.Reply => ReplyManifest,
        SessionMessage => SessionManifest,
        _ => throw Unknown(o?.GetType().ToString() ?? "null"),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        OpenFileRequest open => ToFrame(open.Open, open.Frame, open.Attaches).ToByteArray(),
        Roots.Request request => ToFrame(request, 0).ToByteArray(),
        Roots.Reply reply => ToFrame(reply).ToByteArray(),
        Handles.Piece piece => PieceCodec.ToBinary(piece, _files),
        SessionMessage message => ToFrame(message).ToByteArray(),
        _ => throw Unknown(obj?.GetType().ToString() ?? "null"),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            return manifest switch
            {
                RequestManifest => FromFrame(RequestFrame.Parser.ParseFrom(bytes)),
                ReplyManifest => FromFrame(ReplyFrame.Parser.ParseFrom(bytes)),
                SessionManifest => PieceCodec.TryFromBinary(bytes, _files, system) ?? FromFrame(SessionFrame.Parser.ParseFrom(bytes)),

                // Answered: who is newer is to hear of it.
                _ when manifest.StartsWith(Requests, StringComparison.Ordinal) => new UnknownRequest(manifest, 0),
                _ => throw Unknown(manifest),
            };
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException or FormatException or UriFormatException)
        {
            throw new SerializationException($"A message of roots ({manifest}) makes no sense: {e.Message}", e);
        }
    }

    private static SerializationException Unknown(string what) =>
        new($"{what} is no message of roots that is known here: is the other node newer?");

    // ---- requests -------------------------------------------------------------------------------

    private static RequestFrame ToFrame(Roots.Request request, int maxFrame, bool attaches = false)
    {
        var frame = new RequestFrame { Tag = request.Tag, Root = request.Root, Path = request.Path };
        switch (request)
        {
            case Roots.Describe:
                frame.Describe = new Empty();
                break;
            case Roots.Open open when maxFrame > 0:
                frame.Open = new OpenFile { Flags = (int)open.Flags, Mode = (int)open.Mode, MaxFrame = maxFrame, Attaches = attaches };
                break;
            case Roots.Stat:
                frame.Stat = new Empty();
                break;
            case Roots.List:
                frame.List = new Empty();
                break;
            case Roots.MkDir make:
                frame.Mkdir = (int)make.Mode;
                break;
            case Roots.Unlink:
                frame.Unlink = new Empty();
                break;
            case Roots.RmDir:
                frame.Rmdir = new Empty();
                break;
            case Roots.Rename rename:
                frame.Rename = rename.NewName;
                break;
            case Roots.ReadBody read:
                frame.ReadBody = read.Offset;
                break;
            case Roots.WriteBody write:
                frame.WriteBody = new WriteBody { Flags = (int)write.Flags, Mode = (int)write.Mode, Sync = write.Sync };
                break;
            default:
                throw new SerializationException($"{request.Name} goes to the manager of its own node, and to no other.");
        }

        return frame;
    }

    private static object FromFrame(RequestFrame frame)
    {
        var (root, path) = (frame.Root, frame.Path);
        Roots.Request request;
        switch (frame.WhatCase)
        {
            case RequestFrame.WhatOneofCase.Open:
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(frame.Open.MaxFrame);
                return new OpenFileRequest(
                    new Roots.Open(root, path, (OpenFlags)frame.Open.Flags, (UnixFileMode)frame.Open.Mode) { Tag = frame.Tag }, frame.Open.MaxFrame, frame.Open.Attaches);
            case RequestFrame.WhatOneofCase.Describe:
                request = new Roots.Describe();
                break;
            case RequestFrame.WhatOneofCase.Stat:
                request = new Roots.Stat(root, path);
                break;
            case RequestFrame.WhatOneofCase.List:
                request = new Roots.List(root, path);
                break;
            case RequestFrame.WhatOneofCase.Mkdir:
                request = new Roots.MkDir(root, path, (UnixFileMode)frame.Mkdir);
                break;
            case RequestFrame.WhatOneofCase.Unlink:
                request = new Roots.Unlink(root, path);
                break;
            case RequestFrame.WhatOneofCase.Rmdir:
                request = new Roots.RmDir(root, path);
                break;
            case RequestFrame.WhatOneofCase.Rename:
                request = new Roots.Rename(root, path, frame.Rename);
                break;
            case RequestFrame.WhatOneofCase.ReadBody:
                ArgumentOutOfRangeException.ThrowIfNegative(frame.ReadBody);
                request = new Roots.ReadBody(root, path, frame.ReadBody);
                break;
            case RequestFrame.WhatOneofCase.WriteBody:
                request = new Roots.WriteBody(
                    root, path, (OpenFlags)frame.WriteBody.Flags, (UnixFileMode)frame.WriteBody.Mode, frame.WriteBody.Sync);
                break;
            default:
                return new UnknownRequest("such request", frame.Tag);
        }

        return request with { Tag = frame.Tag };
    }

    // ---- replies --------------------------------------------------------------------------------

    private ReplyFrame ToFrame(Roots.Reply reply)
    {
        var frame = new ReplyFrame { Tag = reply.Tag };
        switch (reply)
        {
            case Roots.Described described:
                frame.Described = new Described();
                frame.Described.Nodes.AddRange(described.Nodes.Select(ToFrame));
                break;
            case FileOpenedReply opened:
                frame.Opened = new FileOpened
                {
                    Gate = Akka.Serialization.Serialization.SerializedActorPath(opened.Gate),
                    MaxFrame = opened.Frame,
                    Lease = (long)opened.Lease.TotalMilliseconds,
                    Attaches = opened.Attaches,
                };
                break;
            case Roots.Done:
                frame.Done = new Empty();
                break;
            case Roots.Entries entries:
                frame.Entries = new Entries();
                frame.Entries.Entries_.AddRange(entries.Items.Select(each => new Entry { Name = each.Name, Type = (uint)each.Type }));
                break;
            case Roots.Listing listing:
                frame.Listing = ToRef(listing.Batches);
                break;
            case Roots.Reading reading:
                frame.Reading = ToRef(reading.Blocks);
                break;
            case Roots.Writing writing:
                frame.Writing = ToRef(writing.Blocks);
                break;
            case Roots.Stored stored:
                frame.Stored = stored.Count;
                break;
            default:
                throw Unknown(reply.GetType().ToString());
        }

        return frame;
    }

    private Roots.Reply FromFrame(ReplyFrame frame)
    {
        Roots.Reply reply = frame.WhatCase switch
        {
            ReplyFrame.WhatOneofCase.Described => new Roots.Described([.. frame.Described.Nodes.Select(FromFrame)]),
            ReplyFrame.WhatOneofCase.Opened => new FileOpenedReply(
                system.Provider.ResolveActorRef(frame.Opened.Gate),
                Positive(frame.Opened.MaxFrame),
                TimeSpan.FromMilliseconds(Positive(frame.Opened.Lease)),
                frame.Opened.Attaches),
            ReplyFrame.WhatOneofCase.Done => new Roots.Done(),
            ReplyFrame.WhatOneofCase.Entries => new Roots.Entries(
                [.. frame.Entries.Entries_.Select(each => new Roots.Entry(each.Name, (FileType)each.Type))]),
            ReplyFrame.WhatOneofCase.Listing => new Roots.Listing((ISourceRef<Roots.Entries>)FromRef(frame.Listing)),
            ReplyFrame.WhatOneofCase.Reading => new Roots.Reading((ISourceRef<Files.Block>)FromRef(frame.Reading)),
            ReplyFrame.WhatOneofCase.Writing => new Roots.Writing((ISinkRef<Files.Block>)FromRef(frame.Writing)),
            ReplyFrame.WhatOneofCase.Stored => new Roots.Stored(frame.Stored),
            _ => throw Unknown("A reply"),
        };
        return reply with { Tag = frame.Tag };
    }

    private static int Positive(int value) => value > 0 ? value : throw new ArgumentException("a size that is not positive");

    private static long Positive(long value) => value > 0 ? value : throw new ArgumentException("a time that is not positive");

    private static Node ToFrame(RootNode node)
    {
        var frame = new Node { Name = node.Name, Address = node.Address.ToString() };
        frame.Roots.AddRange(node.Exports.Select(each => new Root
        {
            Name = each.Name,
            Writable = each.Writable,
            Sharded = each.Sharded,
            Replicas = each.Replicas,
            Quorum = each.Quorum,
            MinNodes = each.MinNodes,
        }));
        return frame;
    }

    private static RootNode FromFrame(Node node) => new(
        node.Name,
        Address.Parse(node.Address),
        [.. node.Roots.Select(each => new RootExport(each.Name, each.Writable, each.Sharded, Positive(each.Replicas), Positive(each.Quorum), each.MinNodes))]);

    private Ref ToRef(object streamRef)
    {
        var serializer = system.Serialization.FindSerializerFor(streamRef);
        return new Ref
        {
            Serializer = serializer.Identifier,
            Manifest = Akka.Serialization.Serialization.ManifestFor(serializer, streamRef),
            Data = UnsafeByteOperations.UnsafeWrap(serializer.ToBinary(streamRef)),
        };
    }

    private object FromRef(Ref streamRef) =>
        system.Serialization.Deserialize(streamRef.Data.ToByteArray(), streamRef.Serializer, streamRef.Manifest);

    // ---- files ----------------------------------------------------------------------------------

    private static SessionFrame ToFrame(SessionMessage message) => message switch
    {
        Handles.Keep keep => new SessionFrame { Keep = new Wire.Keep { Sent = keep.Sent, Received = keep.Received } },
        End end => new SessionFrame { End = end.Why },
        _ => throw Unknown(message.GetType().ToString()),
    };

    private SessionMessage FromFrame(SessionFrame frame) => frame.WhatCase switch
    {
        SessionFrame.WhatOneofCase.Piece => PieceCodec.FromFrame(frame.Piece, _files, system),
        SessionFrame.WhatOneofCase.Keep => new Handles.Keep(frame.Keep.Sent, frame.Keep.Received),
        SessionFrame.WhatOneofCase.End => new End(frame.End),
        _ => throw Unknown("A message of a file"),
    };
}

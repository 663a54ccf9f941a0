using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Native;
using Akka.IoActors.OpenFiles.Wire;
using Akka.Serialization;
using Google.Protobuf;
using ByteString = Akka.IO.ByteString;
using Wire = Akka.IoActors.OpenFiles.Wire;

namespace Akka.IoActors;

/// <summary>
/// Writes the messages of <see cref="Files"/> for other nodes, as Protocol Buffers. A system that opens files has it; one that only speaks to
/// files of other nodes registers it: <see cref="Register"/>.
/// </summary>
/// <remarks>
/// A message is one frame of the remote transport: more bytes than <c>akka.remote.dot-netty.tcp.maximum-frame-size</c> (128000) do not
/// fit through, in neither direction.
/// </remarks>
public sealed class FilesSerializer : SerializerWithStringManifest
{
    internal const string CommandManifest = "files.command.v1";
    internal const string EventManifest = "files.event.v1";

    // As configuration: a system that gets more of that makes its serializers anew.
    private static readonly Config s_config = ConfigurationFactory.ParseString(
        """
        akka.actor {
          serializers.io-files = "Akka.IoActors.FilesSerializer, IoActors"
          serialization-identifiers { "Akka.IoActors.FilesSerializer, IoActors" = 7310 }
          serialization-bindings {
            "Akka.IoActors.Files+Command, IoActors" = io-files
            "Akka.IoActors.Files+Event, IoActors" = io-files
          }
        }
        """);

    /// <summary>Makes it, for Akka.</summary>
    /// <param name="system">The actor system.</param>
    public FilesSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <summary>7310: of all serializers of a cluster this one alone.</summary>
    public override int Identifier => 7310;

    /// <summary>Has a system write and read the messages of <see cref="Files"/>; more than once does no harm.</summary>
    /// <param name="system">The actor system.</param>
    [DynamicDependency(
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.NonPublicConstructors, typeof(FilesSerializer))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.None, typeof(Files.Command))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.None, typeof(Files.Event))]
    public static void Register(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        system.Settings.InjectTopLevelFallback(s_config);
    }

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        Files.Command => CommandManifest,
        Files.Event => EventManifest,
        _ => throw Unknown(o?.GetType().ToString() ?? "null"),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        Files.Command command => ToFrame(command).ToByteArray(),
        Files.Event happened => ToFrame(happened).ToByteArray(),
        _ => throw Unknown(obj?.GetType().ToString() ?? "null"),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            return manifest switch
            {
                CommandManifest => FromFrame(CommandFrame.Parser.ParseFrom(bytes)),
                EventManifest => FromFrame(EventFrame.Parser.ParseFrom(bytes)),
                _ => throw Unknown(manifest),
            };
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException)
        {
            throw new SerializationException($"A message of IoFiles ({manifest}) makes no sense: {e.Message}", e);
        }
    }

    private static SerializationException Unknown(string what) =>
        new($"{what} is no message of IoFiles that is known here: is the other node newer?");

    // ---- commands -------------------------------------------------------------------------------

    private static CommandFrame ToFrame(Files.Command command)
    {
        var frame = new CommandFrame { Tag = command.Tag };
        switch (command)
        {
            case Files.Open open:
                frame.Open = new Wire.Open { Path = open.Path, Flags = (int)open.Flags, Mode = (int)open.Mode };
                if (open.Owner is { } owner && owner.IsNobody())
                {
                    frame.Open.Nobody = true;
                }
                else if (open.Owner is not null)
                {
                    frame.Open.Owner = Akka.Serialization.Serialization.SerializedActorPath(open.Owner);
                }

                break;
            case Files.Read read:
                frame.Read = new Count { Count_ = read.Count };
                break;
            case Files.PRead read:
                frame.Pread = new Wire.Range { Count = read.Count, Offset = read.Offset };
                break;
            case Files.Write write:
                frame.Write = Bytes(write.Bytes);
                break;
            case Files.PWrite write:
                frame.Pwrite = new BytesAt { Data = Bytes(write.Bytes), Offset = write.Offset };
                break;
            case Files.Append append:
                frame.Append = new Wire.Append { Data = Bytes(append.Bytes), Durable = append.Durable };
                if (append.Key is { } key)
                {
                    frame.Append.Key = UnsafeByteOperations.UnsafeWrap(key.ToByteArray(bigEndian: true));
                }

                break;
            case Files.FSync sync:
                frame.FsyncDataOnly = sync.DataOnly;
                break;
            case Files.FTruncate truncate:
                frame.Ftruncate = truncate.Length;
                break;
            case Files.LSeek seek:
                frame.Lseek = new Seek { Offset = seek.Offset, Whence = (int)seek.Whence };
                break;
            case Files.FStat:
                frame.Fstat = new Empty();
                break;
            case Files.Close:
                frame.Close = new Empty();
                break;
            case Files.ReadBlocks read:
                frame.ReadBlocks = new Wire.Range { Count = read.Size, Offset = read.Offset };
                break;
            case Files.ReadLines read:
                frame.ReadLines = new Wire.Range { Count = read.MaxLength, Offset = read.Offset };
                break;
            case Files.Demand demand:
                frame.Demand = new Count { Count_ = demand.Count };
                break;
            default:
                throw Unknown(command.GetType().ToString());
        }

        return frame;
    }

    private Files.Command FromFrame(CommandFrame frame)
    {
        Files.Command command = frame.WhatCase switch
        {
            CommandFrame.WhatOneofCase.Open => new Files.Open(
                frame.Open.Path, (OpenFlags)frame.Open.Flags, (UnixFileMode)frame.Open.Mode, OwnerOf(frame.Open)),
            CommandFrame.WhatOneofCase.Read => new Files.Read(frame.Read.Count_),
            CommandFrame.WhatOneofCase.Pread => new Files.PRead(frame.Pread.Count, frame.Pread.Offset),
            CommandFrame.WhatOneofCase.Write => new Files.Write(Bytes(frame.Write)),
            CommandFrame.WhatOneofCase.Pwrite => new Files.PWrite(Bytes(frame.Pwrite.Data), frame.Pwrite.Offset),
            CommandFrame.WhatOneofCase.Append => new Files.Append(Bytes(frame.Append.Data), frame.Append.Durable)
            {
                Key = frame.Append.Key.IsEmpty ? null : new Guid(frame.Append.Key.Span, bigEndian: true),
            },
            CommandFrame.WhatOneofCase.FsyncDataOnly => new Files.FSync(frame.FsyncDataOnly),
            CommandFrame.WhatOneofCase.Ftruncate => new Files.FTruncate(frame.Ftruncate),
            CommandFrame.WhatOneofCase.Lseek => new Files.LSeek(frame.Lseek.Offset, (SeekWhence)frame.Lseek.Whence),
            CommandFrame.WhatOneofCase.Fstat => new Files.FStat(),
            CommandFrame.WhatOneofCase.Close => new Files.Close(),
            CommandFrame.WhatOneofCase.ReadBlocks => new Files.ReadBlocks(frame.ReadBlocks.Count, frame.ReadBlocks.Offset),
            CommandFrame.WhatOneofCase.ReadLines => new Files.ReadLines(frame.ReadLines.Offset, frame.ReadLines.Count),
            CommandFrame.WhatOneofCase.Demand => new Files.Demand(frame.Demand.Count_),
            _ => throw Unknown("A command"),
        };
        return command with { Tag = frame.Tag, IsRemote = true };
    }

    private IActorRef? OwnerOf(Wire.Open open) => open.OwnedByCase switch
    {
        Wire.Open.OwnedByOneofCase.Owner => Resolve(open.Owner),
        Wire.Open.OwnedByOneofCase.Nobody => ActorRefs.Nobody,
        _ => null,
    };

    // ---- events ---------------------------------------------------------------------------------

    private static EventFrame ToFrame(Files.Event happened)
    {
        var frame = new EventFrame { Tag = happened.Tag };
        switch (happened)
        {
            case Files.Opened opened:
                frame.Opened = Akka.Serialization.Serialization.SerializedActorPath(opened.File);
                break;
            case Files.Data data:
                frame.Data = Bytes(data.Bytes);
                break;
            case Files.Written written:
                frame.Written = written.Count;
                break;
            case Files.Appended appended:
                frame.Appended = new Extent { Position = appended.Position, Count = appended.Count };
                break;
            case Files.Synced:
                frame.Synced = new Empty();
                break;
            case Files.Truncated:
                frame.Truncated = new Empty();
                break;
            case Files.Positioned positioned:
                frame.Positioned = positioned.Position;
                break;
            case Files.Status status:
                frame.Status = ToFrame(status.File);
                break;
            case Files.Closed:
                frame.Closed = new Empty();
                break;
            case Files.Reading reading:
                frame.Reading = Akka.Serialization.Serialization.SerializedActorPath(reading.Reader);
                break;
            case Files.Block block:
                frame.Block = new BytesAt { Data = Bytes(block.Bytes), Offset = block.Position };
                break;
            case Files.Line line:
                frame.Line = new BytesAt { Data = Bytes(line.Bytes), Offset = line.Position };
                break;
            case Files.EndOfFile end:
                frame.EndOfFile = end.Position;
                break;
            case Files.Failed failed:
                frame.Failed = new Wire.Failure
                {
                    Command = failed.Command,
                    Errno = (int)failed.Error,
                    Message = failed.Message,
                    OutcomeUnknown = failed.OutcomeUnknown,
                };
                break;
            default:
                throw Unknown(happened.GetType().ToString());
        }

        return frame;
    }

    private Files.Event FromFrame(EventFrame frame)
    {
        Files.Event happened = frame.WhatCase switch
        {
            EventFrame.WhatOneofCase.Opened => new Files.Opened(Resolve(frame.Opened)),
            EventFrame.WhatOneofCase.Data => new Files.Data(Bytes(frame.Data)),
            EventFrame.WhatOneofCase.Written => new Files.Written(frame.Written),
            EventFrame.WhatOneofCase.Appended => new Files.Appended(frame.Appended.Position, frame.Appended.Count),
            EventFrame.WhatOneofCase.Synced => new Files.Synced(),
            EventFrame.WhatOneofCase.Truncated => new Files.Truncated(),
            EventFrame.WhatOneofCase.Positioned => new Files.Positioned(frame.Positioned),
            EventFrame.WhatOneofCase.Status => new Files.Status(FromFrame(frame.Status)),
            EventFrame.WhatOneofCase.Closed => new Files.Closed(),
            EventFrame.WhatOneofCase.Reading => new Files.Reading(Resolve(frame.Reading)),
            EventFrame.WhatOneofCase.Block => new Files.Block(frame.Block.Offset, Bytes(frame.Block.Data)),
            EventFrame.WhatOneofCase.Line => new Files.Line(frame.Line.Offset, Bytes(frame.Line.Data)),
            EventFrame.WhatOneofCase.EndOfFile => new Files.EndOfFile(frame.EndOfFile),
            EventFrame.WhatOneofCase.Failed => new Files.Failed(
                frame.Failed.Command, (Errno)frame.Failed.Errno, frame.Failed.Message, frame.Failed.OutcomeUnknown),
            _ => throw Unknown("An event"),
        };
        return happened with { Tag = frame.Tag };
    }

    private static FileStatusFrame ToFrame(FileStatus status)
    {
        var frame = new FileStatusFrame
        {
            Mode = (uint)status.Type | (uint)status.Mode,
            Size = status.Size,
            Blocks = status.AllocatedSize / 512,
            BlockSize = status.BlockSize,
            Links = (uint)status.Links,
            User = (uint)status.UserId,
            Group = (uint)status.GroupId,
            Inode = (ulong)status.Inode,
            Device = status.Device,
            AccessTime = Ticks(status.AccessTime),
            ModifyTime = Ticks(status.ModifyTime),
            ChangeTime = Ticks(status.ChangeTime),
        };
        if (status.BirthTime is { } birth)
        {
            frame.BirthTime = Ticks(birth);
        }

        return frame;
    }

    private static FileStatus FromFrame(FileStatusFrame frame) => new(new Statx
    {
        Mask = frame.HasBirthTime ? Statx.AllMask : Statx.AllMask & ~Statx.BirthTimeMask,
        Mode = (ushort)frame.Mode,
        Size = (ulong)frame.Size,
        Blocks = (ulong)frame.Blocks,
        BlockSize = (uint)frame.BlockSize,
        Links = frame.Links,
        UserId = frame.User,
        GroupId = frame.Group,
        Inode = frame.Inode,
        DevMajor = (uint)(frame.Device >> 32),
        DevMinor = (uint)frame.Device,
        AccessTime = Time(frame.AccessTime),
        ModifyTime = Time(frame.ModifyTime),
        ChangeTime = Time(frame.ChangeTime),
        BirthTime = Time(frame.BirthTime),
    });

    private static long Ticks(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks;

    private static StatxTimestamp Time(long ticks)
    {
        var (seconds, rest) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
        return rest < 0
            ? new StatxTimestamp { Seconds = seconds - 1, Nanoseconds = (uint)((rest + TimeSpan.TicksPerSecond) * 100) }
            : new StatxTimestamp { Seconds = seconds, Nanoseconds = (uint)(rest * 100) };
    }

    // ---- bytes and refs -------------------------------------------------------------------------

    private static Google.Protobuf.ByteString Bytes(ByteString bytes) => UnsafeByteOperations.UnsafeWrap(bytes.ToArray());

    private static ByteString Bytes(Google.Protobuf.ByteString bytes) =>
        MemoryMarshal.TryGetArray(bytes.Memory, out var segment) ? ByteString.FromBytes(segment) : ByteString.FromBytes(bytes.ToByteArray());

    private IActorRef Resolve(string path) => system.Provider.ResolveActorRef(path);
}

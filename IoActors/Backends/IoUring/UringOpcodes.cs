using System;
using System.Collections.Generic;
using Akka.IoActors.Native.Uring;

namespace Akka.IoActors.Backends.IoUring;

/// <summary>Which opcode carries which operation, and since when there is one.</summary>
internal static class UringOpcodes
{
    /// <summary>The opcode of each kind that has one.</summary>
    internal static IReadOnlyDictionary<OperationKind, UringOpcode> ByKind { get; } =
        new Dictionary<OperationKind, UringOpcode>
        {
            [OperationKind.Open] = UringOpcode.OpenAt,
            [OperationKind.Close] = UringOpcode.Close,
            [OperationKind.Read] = UringOpcode.Read,
            [OperationKind.Write] = UringOpcode.Write,
            [OperationKind.PRead] = UringOpcode.Read,
            [OperationKind.PWrite] = UringOpcode.Write,
            [OperationKind.ReadV] = UringOpcode.ReadV,
            [OperationKind.WriteV] = UringOpcode.WriteV,
            [OperationKind.PReadV] = UringOpcode.ReadV,
            [OperationKind.PWriteV] = UringOpcode.WriteV,
            [OperationKind.FDataSync] = UringOpcode.FSync,
            [OperationKind.SendFile] = UringOpcode.Splice,
            [OperationKind.Splice] = UringOpcode.Splice,
            [OperationKind.Tee] = UringOpcode.Tee,
            [OperationKind.FSync] = UringOpcode.FSync,
            [OperationKind.FTruncate] = UringOpcode.FTruncate,
            [OperationKind.FStat] = UringOpcode.Statx,
            [OperationKind.Recv] = UringOpcode.Recv,
            [OperationKind.RecvPooled] = UringOpcode.Recv,
            [OperationKind.Send] = UringOpcode.Send,
            [OperationKind.SendMsg] = UringOpcode.SendMsg,
            [OperationKind.RecvMsg] = UringOpcode.RecvMsg,
            [OperationKind.Stat] = UringOpcode.Statx,
            [OperationKind.Rename] = UringOpcode.RenameAt,
            [OperationKind.Unlink] = UringOpcode.UnlinkAt,
            [OperationKind.RmDir] = UringOpcode.UnlinkAt,
            [OperationKind.MkDir] = UringOpcode.MkDirAt,
            [OperationKind.Link] = UringOpcode.LinkAt,
            [OperationKind.Symlink] = UringOpcode.SymlinkAt,
            [OperationKind.FAllocate] = UringOpcode.FAllocate,
            [OperationKind.FAdvise] = UringOpcode.FAdvise,
            [OperationKind.SyncFileRange] = UringOpcode.SyncFileRange,
            [OperationKind.Connect] = UringOpcode.Connect,
        };

    /// <summary>Such as <c>IORING_OP_READ</c>.</summary>
    internal static string NameOf(UringOpcode opcode) => "IORING_OP_" + opcode switch
    {
        UringOpcode.PollAdd => "POLL_ADD",
        UringOpcode.AsyncCancel => "ASYNC_CANCEL",
        UringOpcode.SendZeroCopy => "SEND_ZC",
        UringOpcode.SyncFileRange => "SYNC_FILE_RANGE",
        _ => opcode.ToString().ToUpperInvariant(),
    };

    /// <summary>The first kernel that has it.</summary>
    internal static string Since(UringOpcode opcode) => opcode switch
    {
        UringOpcode.Nop or UringOpcode.ReadV or UringOpcode.WriteV or UringOpcode.FSync
            or UringOpcode.PollAdd => "5.1",
        UringOpcode.SyncFileRange => "5.2",
        UringOpcode.SendMsg or UringOpcode.RecvMsg => "5.3",
        UringOpcode.AsyncCancel or UringOpcode.Connect => "5.5",
        UringOpcode.RenameAt or UringOpcode.UnlinkAt => "5.11",
        UringOpcode.MkDirAt or UringOpcode.SymlinkAt or UringOpcode.LinkAt => "5.15",
        UringOpcode.Splice => "5.7",
        UringOpcode.Tee => "5.8",
        UringOpcode.SendZeroCopy => "6.0",
        UringOpcode.FTruncate => "6.9",
        _ => "5.6",
    };
}

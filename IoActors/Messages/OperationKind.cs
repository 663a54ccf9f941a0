namespace Akka.IoActors;

/// <summary>What an <see cref="IoOperation"/> does.</summary>
public enum OperationKind
{
    /// <summary><see cref="Akka.IoActors.Open"/></summary>
    Open,

    /// <summary><see cref="Akka.IoActors.Close"/></summary>
    Close,

    /// <summary><see cref="Akka.IoActors.Read"/></summary>
    Read,

    /// <summary><see cref="Akka.IoActors.Write"/></summary>
    Write,

    /// <summary><see cref="Akka.IoActors.PRead"/></summary>
    PRead,

    /// <summary><see cref="Akka.IoActors.PWrite"/></summary>
    PWrite,

    /// <summary><see cref="Akka.IoActors.ReadV"/></summary>
    ReadV,

    /// <summary><see cref="Akka.IoActors.WriteV"/></summary>
    WriteV,

    /// <summary><see cref="Akka.IoActors.PReadV"/></summary>
    PReadV,

    /// <summary><see cref="Akka.IoActors.PWriteV"/></summary>
    PWriteV,

    /// <summary><see cref="Akka.IoActors.LSeek"/></summary>
    LSeek,

    /// <summary><see cref="Akka.IoActors.FSync"/></summary>
    FSync,

    /// <summary><see cref="Akka.IoActors.FDataSync"/></summary>
    FDataSync,

    /// <summary><see cref="Akka.IoActors.FTruncate"/></summary>
    FTruncate,

    /// <summary><see cref="Akka.IoActors.FStat"/></summary>
    FStat,

    /// <summary><see cref="Akka.IoActors.Accept"/></summary>
    Accept,

    /// <summary><see cref="Akka.IoActors.Recv"/></summary>
    Recv,

    /// <summary><see cref="Akka.IoActors.RecvPooled"/>.</summary>
    RecvPooled,

    /// <summary><see cref="Akka.IoActors.Send"/></summary>
    Send,

    /// <summary><see cref="Akka.IoActors.SendMsg"/></summary>
    SendMsg,

    /// <summary><see cref="Akka.IoActors.RecvMsg"/></summary>
    RecvMsg,

    /// <summary><see cref="Akka.IoActors.SendFile"/></summary>
    SendFile,

    /// <summary><see cref="Akka.IoActors.CopyRange"/></summary>
    CopyRange,

    /// <summary><see cref="Akka.IoActors.Stat"/></summary>
    Stat,

    /// <summary><see cref="Akka.IoActors.Rename"/></summary>
    Rename,

    /// <summary><see cref="Akka.IoActors.Unlink"/></summary>
    Unlink,

    /// <summary><see cref="Akka.IoActors.MkDir"/></summary>
    MkDir,

    /// <summary><see cref="Akka.IoActors.RmDir"/></summary>
    RmDir,

    /// <summary><see cref="Akka.IoActors.Link"/></summary>
    Link,

    /// <summary><see cref="Akka.IoActors.Symlink"/></summary>
    Symlink,

    /// <summary><see cref="Akka.IoActors.ReadLink"/></summary>
    ReadLink,

    /// <summary><see cref="Akka.IoActors.ReadDirectory"/></summary>
    ReadDirectory,

    /// <summary><see cref="Akka.IoActors.FAllocate"/></summary>
    FAllocate,

    /// <summary><see cref="Akka.IoActors.FAdvise"/></summary>
    FAdvise,

    /// <summary><see cref="Akka.IoActors.SyncFileRange"/></summary>
    SyncFileRange,

    /// <summary><see cref="Akka.IoActors.CreateSocket"/></summary>
    CreateSocket,

    /// <summary><see cref="Akka.IoActors.Bind"/></summary>
    Bind,

    /// <summary><see cref="Akka.IoActors.Listen"/></summary>
    Listen,

    /// <summary><see cref="Akka.IoActors.Connect"/></summary>
    Connect,

    /// <summary><see cref="Akka.IoActors.Shutdown"/></summary>
    Shutdown,

    /// <summary><see cref="Akka.IoActors.GetSockName"/></summary>
    GetSockName,

    /// <summary><see cref="Akka.IoActors.GetPeerName"/></summary>
    GetPeerName,

    /// <summary><see cref="Akka.IoActors.SetSockOpt"/></summary>
    SetSockOpt,

    /// <summary><see cref="Akka.IoActors.GetSockOpt"/></summary>
    GetSockOpt,

    /// <summary><see cref="Akka.IoActors.Flush"/></summary>
    Flush,

    /// <summary><see cref="Akka.IoActors.Poll"/></summary>
    Poll,

    /// <summary><see cref="Akka.IoActors.Splice"/></summary>
    Splice,

    /// <summary><see cref="Akka.IoActors.Tee"/></summary>
    Tee,

    /// <summary><see cref="Akka.IoActors.Delay"/></summary>
    Delay,

    /// <summary><see cref="Akka.IoActors.Cancel"/></summary>
    Cancel,

    /// <summary><see cref="Akka.IoActors.GetInfo"/></summary>
    GetInfo,

    /// <summary><see cref="Akka.IoActors.Own"/></summary>
    Own,

    /// <summary><see cref="Akka.IoActors.Watermark"/></summary>
    Watermark,

    /// <summary><see cref="Akka.IoActors.Stop"/></summary>
    Stop,
}

/// <summary>Where the bytes of an operation go.</summary>
internal enum BytesDirection
{
    None,
    In,
    Out,
}

/// <summary>What is known of a kind.</summary>
internal static class OperationKinds
{
    /// <summary>Whether its value is a number of bytes, and which way they go.</summary>
    internal static BytesDirection Moves(this OperationKind kind) => kind switch
    {
        OperationKind.Read or OperationKind.PRead or OperationKind.ReadV or OperationKind.PReadV
            or OperationKind.Recv or OperationKind.RecvPooled or OperationKind.RecvMsg => BytesDirection.In,
        OperationKind.Write or OperationKind.PWrite or OperationKind.WriteV or OperationKind.PWriteV
            or OperationKind.Send or OperationKind.SendMsg or OperationKind.SendFile or OperationKind.Splice => BytesDirection.Out,
        _ => BytesDirection.None,
    };
}

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

    /// <summary><see cref="Akka.IoActors.SendFile"/></summary>
    SendFile,

    /// <summary><see cref="Akka.IoActors.CopyRange"/></summary>
    CopyRange,

    /// <summary><see cref="Akka.IoActors.Flush"/></summary>
    Flush,

    /// <summary><see cref="Akka.IoActors.Poll"/></summary>
    Poll,

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

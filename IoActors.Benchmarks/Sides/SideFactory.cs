namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>Makes the sides that run in worker processes, by their kinds.</summary>
internal static class SideFactory
{
    internal static ISide Create(SideSpec spec) => spec.Kind switch
    {
        "tell" => new TellSide(spec),
        "client" => new ClientSide(spec),
        "ask" => new AskSide(spec),
        "naive" => new NaiveSide(spec),
        "read-async" => new ReadAsyncSide(spec),
        "write" => new WriteSide(spec),
        "write-async" => new WriteAsyncSide(spec),
        "append" => new AppendSide(spec),
        "append-actor" => new AppendActorSide(spec),
        "append-stream" => new AppendStreamSide(spec),
        "bare-append" => new BareAppendSide(spec),
        "copy-file" => new CopyFileSide(spec),
        "stream-read" => new StreamReadSide(spec),
        "stream-write" => new StreamWriteSide(spec),
        "echo" => new EchoSide(spec),
        "web" => new WebSide(spec),
        "web-restart" => new WebRestartSide(spec),
        "remote-read" => new RemoteReadSide(spec),
        "restart" => new RestartSide(spec),
        _ => throw new BenchmarkException($"there is no side '{spec.Kind}'."),
    };
}

// An echo server: every connection gets back what it sends.
//
//     dotnet run --project samples/EchoServer -- 127.0.0.1:7000
//
// A connection is a flow of bytes, joined here with one that gives back what it gets. Nothing is read that has not been written
// back, so that a client that does not read is not read from. The half of a client that has ended is ended in turn.
using System;
using System.Net;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Streams;
using Akka.Streams;
using Akka.Streams.Dsl;
using Tcp = Akka.Streams.Dsl.Tcp;

if (args.Length != 1 || !IPEndPoint.TryParse(args[0], out var address))
{
    Console.Error.WriteLine("usage: EchoServer ADDRESS:PORT");
    return 2;
}

using var system = ActorSystem.Create("echo", "akka.loglevel = WARNING");
using var materializer = system.Materializer();

var binding = await IoTcp.Bind(system, address)
    .To(Sink.ForEach<Tcp.IncomingConnection>(connection => connection.HandleWith(Flow.Create<ByteString>(), materializer)))
    .Run(materializer);
Console.WriteLine($"listening on {binding.LocalAddress}");

// Until it is interrupted: then no more connections, and an orderly end of the system.
var interrupted = new TaskCompletionSource();
using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
{
    context.Cancel = true;
    interrupted.TrySetResult();
});
await interrupted.Task;
await binding.Unbind();
await system.Terminate();
return 0;

// Follows log files, and prints the lines that have a word in them, each with the name of its file.
//
//     dotnet run --project samples/LogTailer -- WORD FILE…
//
// A file need not be there yet, may be cut, and may be rotated: nothing of it is lost. Ctrl-C ends it.
using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Akka;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors;
using Akka.IoActors.Streams;
using Akka.Streams;
using Akka.Streams.Dsl;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: LogTailer WORD FILE…");
    return 2;
}

using var system = ActorSystem.Create("tail", "akka.loglevel = WARNING");
using var materializer = system.Materializer();
var io = system.IoActors().Client;

// A line that is longer than 64 KiB fails its file's stream, not those of the others.
var lines = args.Skip(1).Select(path => IoFile.Tail(io, path, startPosition: 0)
    .Via(Framing.Delimiter(ByteString.FromString("\n"), 65536, allowTruncation: true))
    .Select(line => line.ToString())
    .Where(line => line.Contains(args[0], StringComparison.Ordinal))
    .Select(line => $"{Path.GetFileName(path)}: {line}")
    .Recover(e =>
    {
        Console.Error.WriteLine($"{path}: {e.Message}");
        return Akka.Util.Option<string>.None;
    }));

var (stop, ended) = lines.Aggregate(Source.Empty<string>(), (all, one) => all.Merge(one).MapMaterializedValue(_ => NotUsed.Instance))
    .ViaMaterialized(KillSwitches.Single<string>(), Keep.Right)
    .ToMaterialized(Sink.ForEach<string>(Console.WriteLine), Keep.Both)
    .Run(materializer);

using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
{
    context.Cancel = true;
    stop.Shutdown();
});
await ended;
await system.Terminate();
return 0;

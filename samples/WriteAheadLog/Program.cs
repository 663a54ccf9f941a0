// A write-ahead log with group commit: see WriteAheadLog.cs.
//
//     dotnet run --project samples/WriteAheadLog -- FILE append COUNT     COUNT records, by as many writers at once
//     dotnet run --project samples/WriteAheadLog -- FILE read             the records there are
using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors;
using Samples;

using var system = ActorSystem.Create("wal", "akka.loglevel = WARNING");
try
{
    switch (args)
    {
        case [var path, "append", var text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count):
            var log = system.ActorOf(Props.Create(() => new WriteAheadLog(path)));
            var answers = await Task.WhenAll(Enumerable.Range(0, count).Select(
                n => log.Ask<Files.Event>(ByteString.FromString($"record {n}"))));
            var durable = answers.OfType<Files.Appended>().Count();
            Console.WriteLine($"{durable} of {count} records are on the device");
            return durable == count ? 0 : 1;
        case [var path, "read"]:
            var file = (await system.IoFiles().Ask(new Files.Open(path, owner: ActorRefs.Nobody))).File;
            await foreach (var record in WriteAheadLog.Read(file))
            {
                Console.WriteLine(record.ToString());
            }

            await file.Ask(new Files.Close());
            return 0;
        default:
            Console.Error.WriteLine("usage: WriteAheadLog FILE append COUNT | read");
            return 2;
    }
}
catch (FileException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

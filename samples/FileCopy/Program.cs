// Copies a file: reads ahead, writes in order, and is done when the copy is on the device.
//
//     dotnet run --project samples/FileCopy -- SOURCE TARGET
//
// Eight reads are under way at once, each with its own buffer; a buffer goes from its read to its write, and back. Errors are values: an
// IoResult has an Error, and ThrowIfFailed makes an exception of it that names the operation and the file.
using System;
using System.IO;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors;

const int BlockSize = 256 * 1024;
const int AtOnce = 8;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: FileCopy SOURCE TARGET");
    return 2;
}

using var system = ActorSystem.Create("copy", "akka.loglevel = WARNING");
var io = system.IoActors().Client;
try
{
    using var source = (await io.OpenAsync(args[0])).ThrowIfFailed().Handle;
    using var target = (await io.OpenAsync(args[1], OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate)).ThrowIfFailed().Handle;
    var length = (await io.FStatAsync(source)).ThrowIfFailed().Status.Size;

    // Each copies every eighth block.
    async Task<long> CopyFrom(int first)
    {
        var buffer = new byte[BlockSize];
        var copied = 0L;
        for (var offset = (long)first * BlockSize; offset < length; offset += (long)AtOnce * BlockSize)
        {
            var read = await io.PReadAsync(source, buffer, offset);
            var written = await io.WriteAllAsync(target, buffer.AsMemory(0, (int)read.GetValueOrThrow()), offset);
            if (!written.IsComplete)
            {
                throw new IOException($"{args[1]}: {written.Error.Description()}");
            }

            copied += written.Transferred;
        }

        return copied;
    }

    var parts = new Task<long>[AtOnce];
    for (var n = 0; n < AtOnce; n++)
    {
        parts[n] = CopyFrom(n);
    }

    var total = 0L;
    foreach (var part in parts)
    {
        total += await part;
    }

    (await io.FSyncAsync(target)).ThrowIfFailed();
    Console.WriteLine($"{total} bytes");
    return 0;
}
catch (IOException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

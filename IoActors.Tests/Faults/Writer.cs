using System;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using Akka.IoActors.Tests.Support;

namespace Akka.IoActors.Tests.Faults;

/// <summary>
/// The process that is killed: writes a file from its start to its end, and says, after each answered FSync, how far it
/// is covered. Its bytes follow from their places.
/// </summary>
public static class Writer
{
    private const int Step = 3000;

    /// <summary>The entry point of the test assembly, for the tests that need a process of their own.</summary>
    /// <param name="arguments">A backend and a path; or what <see cref="NoDescriptors"/> says.</param>
    public static async Task Main(string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (arguments is [NoDescriptors.Verb, var scenario, var backend, var loops])
        {
            await NoDescriptors.Run(scenario, backend, int.Parse(loops, CultureInfo.InvariantCulture));
            return;
        }

        using var system = BackendFixture.Start(arguments[0]);
        var client = system.IoActors().Client;
        var opened = await client.OpenAsync(arguments[1], OpenFlags.WriteOnly | OpenFlags.Create);
        using var file = opened.ThrowIfFailed().Handle;
        await using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        for (var offset = 0L; ; offset += 8 * Step)
        {
            for (var i = 0; i < 8; i++)
            {
                // The last one is not awaited: the FSync behind it covers it by the law of order.
                var write = client.PWriteAsync(file, Content(offset + i * Step, Step), offset + i * Step).AsTask();
                if (i < 7)
                {
                    (await write).ThrowIfFailed();
                }
            }

            (await client.FSyncAsync(file)).ThrowIfFailed();
            await output.WriteLineAsync((offset + 8 * Step).ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The bytes of a range.</summary>
    internal static byte[] Content(long offset, int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            var place = (ulong)(offset + i) * 0x9e37_79b9_7f4a_7c15;
            bytes[i] = (byte)(place >> 56);
        }

        return bytes;
    }
}

using System;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>Tasks that await the client's reads; with <c>place=loop</c> they go on on the loop's own thread.</summary>
internal sealed class ClientSide : ServiceSide
{
    private readonly SafeFileHandle _file;

    public ClientSide(SideSpec spec)
        : base(spec) => _file = OpenData();

    public override Task<Sample> Run(TimeSpan time)
    {
        var blocks = BlocksOf(Spec);
        var client = Spec.Get("place") == "loop" ? Io.LoopOf(_file).Client : Io.Client;
        return TaskLoad.Run(Spec.Number("qd"), time, Spec.Is("latency"), async (n, load) =>
        {
            var random = new Random(n);
            var buffer = Buffers.Make();
            do
            {
                var result = await client.PReadAsync(_file, buffer, RandomOffset(random, blocks)).ConfigureAwait(false);
                if (result.Value != Buffers.Size)
                {
                    throw new BenchmarkException(result.ToString());
                }
            }
            while (load.Next());
        });
    }
}

using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Akka.IoActors.Native;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>Tasks that await RandomAccess.ReadAsync.</summary>
internal sealed class ReadAsyncSide(SideSpec spec) : ISide
{
    private const int Direct = 0x4000;

    private readonly SafeFileHandle _file = new(
        Sys.OpenPath(Encoding.UTF8.GetBytes(spec.Get("file") + "\0"), spec.Is("direct") ? Direct : 0), ownsHandle: true);

    public Task<Sample> Run(TimeSpan time)
    {
        var blocks = ServiceSide.BlocksOf(spec);
        return TaskLoad.Run(spec.Number("qd"), time, spec.Is("latency"), async (n, load) =>
        {
            var random = new Random(n);
            var buffer = Buffers.Make();
            do
            {
                if (await RandomAccess.ReadAsync(_file, buffer, ServiceSide.RandomOffset(random, blocks)).ConfigureAwait(false) != Buffers.Size)
                {
                    throw new BenchmarkException("ReadAsync came short");
                }
            }
            while (load.Next());
        });
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }
}

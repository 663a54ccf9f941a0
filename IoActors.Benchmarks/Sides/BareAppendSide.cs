using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Akka.IoActors.Native.Uring;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>
/// Appends 4 KiB and has it on the device, one after the other, on a bare ring: to see what <c>link=1</c> (IOSQE_IO_LINK: the
/// kernel starts the fdatasync when the write has ended) gives over asking for the fdatasync then.
/// </summary>
internal sealed class BareAppendSide(SideSpec spec) : ISide
{
    private const byte Link = 1 << 2;
    private const uint DataSync = 1;

    private readonly SafeFileHandle _file =
        File.OpenHandle(Path.Combine(spec.Get("folder"), "appended-by-ring"), FileMode.Create, FileAccess.Write);

    public Task<Sample> Run(TimeSpan time)
    {
        RandomAccess.SetLength(_file, 0);
        using var ring = Ring.Create(8, 16);
        var buffer = Buffers.Make();
        using var pin = buffer.Pin();
        var (fd, address) = ((int)_file.DangerousGetHandle(), Buffers.AddressOf(buffer));
        var link = spec.Is("link");
        var meter = new Meter();
        var count = 0L;
        while (meter.Elapsed < time)
        {
            ref var write = ref ring.Next();
            write.Set(UringOpcode.Write, fd, address, (uint)buffer.Length, (ulong)(count * buffer.Length), 0, 1);
            write.Flags = link ? Link : (byte)0;
            if (!link)
            {
                Wait(1);
            }

            ring.Next().Set(UringOpcode.FSync, fd, 0, 0, 0, DataSync, 2);
            Wait(link ? 2 : 1);
            count++;
        }

        return Task.FromResult(meter.Stop(count));

        void Wait(int completions)
        {
            while (completions > 0)
            {
                ring.SubmitAndWait(Timeout.InfiniteTimeSpan);
                while (ring.TryReap(out var completion))
                {
                    completions--;
                    if (completion.Result < 0)
                    {
                        throw new BenchmarkException($"the ring answers {completion.Result}");
                    }
                }
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }
}

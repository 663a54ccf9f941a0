using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Akka.Actor;
using Xunit;

namespace Akka.IoActors.Tests;

/// <summary>x</summary>
public class SmokeTest
{
    /// <summary>x</summary>
    [Fact]
    public async Task Works()
    {
        using var system = ActorSystem.Create("t");
        var io = system.IoActors();
        var path = System.IO.Path.GetTempFileName();
        var opened = await io.Backend.Ask<IoResult>(new Open(path, OpenFlags.ReadWrite), TimeSpan.FromSeconds(5));
        using var handle = opened.Handle;
        var w = await io.Client.PWriteAsync(handle, Encoding.UTF8.GetBytes("hello"), 0);
        Assert.Equal(5, w.Value);
        var buf = new byte[10];
        var r = await io.Client.ReadAsync(handle, buf);
        Assert.Equal(5, r.Value);
        var st = await io.Client.FStatAsync(handle);
        Assert.Equal(5, st.Status.Size);
        Assert.Equal(0, (await io.Client.FTruncateAsync(handle, 3)).Value);
        Assert.Equal(3, new FileInfo(path).Length);
        var info = await io.Client.GetInfoAsync();
        Console.WriteLine(info);
        Assert.Equal(0, (await io.Client.CloseAsync(handle)).Value);
        await system.Terminate();
        Assert.Equal(Errno.ECANCELED, (await io.Client.CloseAsync(55)).Error);
    }
}

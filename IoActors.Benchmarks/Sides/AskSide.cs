using System;
using System.Threading.Tasks;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Benchmarks.Sides;

/// <summary>Tasks that Ask: the backend, or (<c>echo=1</c>) an actor that replies at once, which is what Ask itself costs.</summary>
internal sealed class AskSide : ServiceSide
{
    private readonly SafeFileHandle _file;
    private readonly IActorRef _target;

    public AskSide(SideSpec spec)
        : base(spec)
    {
        _file = OpenData();
        _target = spec.Is("echo") ? System.ActorOf(Props.Create(() => new Echo())) : Io.Backend;
    }

    public override Task<Sample> Run(TimeSpan time)
    {
        var blocks = BlocksOf(Spec);
        return TaskLoad.Run(Spec.Number("qd"), time, latencies: false, async (n, load) =>
        {
            var random = new Random(n);
            var buffer = Buffers.Make();
            do
            {
                var read = new PRead(_file, buffer, RandomOffset(random, blocks));
                if (Spec.Is("echo"))
                {
                    await _target.Ask<object>(read).ConfigureAwait(false);
                }
                else
                {
                    (await _target.Ask<IoResult>(read).ConfigureAwait(false)).ThrowIfFailed();
                }
            }
            while (load.Next());
        });
    }

    private sealed class Echo : ActorBase
    {
        protected override bool Receive(object message)
        {
            Sender.Tell(message, Self);
            return true;
        }
    }
}

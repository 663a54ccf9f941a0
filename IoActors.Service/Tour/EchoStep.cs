using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;

namespace Akka.IoActors.Service.Tour;

/// <summary>A TCP echo server that is an actor, and clients that know nothing of it.</summary>
internal sealed class EchoStep : ITourStep
{
    private const int Clients = 8;
    private const int Rounds = 100;

    public string Title => "A TCP echo server as an actor, on loopback";

    public async Task<string> Run(ServiceHost host, Ledger ledger, string folder)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(Clients);
        var server = host.System.ActorOf(Props.Create(() => new EchoServer(ledger, listener, Clients)), "echo");
        var bytes = await Task.WhenAll(Enumerable.Range(0, Clients).Select(seed => Talk(listener.LocalEndPoint!, seed)));
        await server.WatchAsync();
        return $"{Clients} clients, {Rounds} rounds each, {bytes.Sum():N0} bytes came back as they were sent";
    }

    private static async Task<long> Talk(EndPoint address, int seed)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address);
        var random = new Random(seed);
        var total = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            var data = new byte[random.Next(1, 4096)];
            random.NextBytes(data);
            await socket.SendAsync(data);
            var back = new byte[data.Length];
            for (var got = 0; got < back.Length;)
            {
                var received = await socket.ReceiveAsync(back.AsMemory(got));
                Check.That(received > 0, "the echo server hung up");
                got += received;
            }

            Check.That(data.AsSpan().SequenceEqual(back), "the echo differs from what was said");
            total += data.Length;
        }

        return total;
    }

    /// <summary>
    /// Accepts so many connections; gives each back what it sends; stops when the last one has gone.
    /// </summary>
    private sealed class EchoServer : ReceiveActor
    {
        private int _open;
        private int _toAccept;

        public EchoServer(Ledger ledger, Socket listener, int clients)
        {
            _toAccept = clients;
            ledger.Tell(new Accept(listener), Self);

            Receive<IoResult>(result => result.Operation is Accept, result =>
            {
                var connection = (int)ledger.Got(result).GetValueOrThrow();
                _open++;
                ledger.Tell(new Recv(connection, new byte[4096]), Self);
                if (--_toAccept > 0)
                {
                    ledger.Tell(new Accept(listener), Self);
                }
            });
            Receive<IoResult>(result => result.Operation is Recv, result =>
            {
                var recv = (Recv)ledger.Got(result).Operation;
                var connection = recv.Descriptor!.Value;
                var received = (int)result.GetValueOrThrow();
                if (received > 0)
                {
                    // One buffer is enough: the next Recv is sent when the Send is done with it.
                    ledger.Tell(new Send(connection, recv.Buffer[..received]) { Tag = recv.Buffer }, Self);
                }
                else
                {
                    ledger.Tell(new Close(connection), Self);
                }
            });
            Receive<IoResult>(result => result.Operation is Send, result =>
            {
                ledger.Got(result).ThrowIfFailed();
                ledger.Tell(new Recv(result.Operation.Descriptor!.Value, (Memory<byte>)result.Operation.Tag!), Self);
            });
            Receive<IoResult>(result => result.Operation is Close, result =>
            {
                ledger.Got(result).ThrowIfFailed();
                if (--_open == 0 && _toAccept == 0)
                {
                    Context.Stop(Self);
                }
            });
        }
    }
}

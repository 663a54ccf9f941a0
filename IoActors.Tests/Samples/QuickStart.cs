using System;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors;

namespace Samples;

/// <summary>The quick start of the README, as a user's code would have it: outside the library's namespaces.</summary>
public static class QuickStart
{
    /// <summary>By Ask.</summary>
    public static async Task<string> Ask(ActorSystem system, string path)
    {
        // begin ask
        var io = IoActors.Get(system);

        var opened = await io.Backend.Ask<IoResult>(new Open(path));
        using var file = opened.ThrowIfFailed().Handle;      // it is ours now, and closes itself

        var buffer = new byte[4096];
        var read = await io.Backend.Ask<IoResult>(new PRead(file, buffer, offset: 0));
        var text = Encoding.UTF8.GetString(buffer, 0, (int)read.GetValueOrThrow());

        // end ask
        return text;
    }

    /// <summary>By the client.</summary>
    public static async Task<long> Client(ActorSystem system, string path)
    {
        // begin client
        var io = system.IoActors().Client;

        var opened = await io.OpenAsync(path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append);
        using var log = opened.ThrowIfFailed().Handle;

        await io.WriteAsync(log, "a line\n"u8.ToArray());
        var synced = await io.FDataSyncAsync(log);           // on the device when this is answered
        if (synced.Error != Errno.None)
        {
            Console.WriteLine($"{synced.Operation} failed: {synced.Error.Name()}");
        }

        var status = (await io.FStatAsync(log)).Status;

        // end client
        return status.Size;
    }

    /// <summary>By streams.</summary>
    public static async Task<(byte[] Hash, SslProtocols Protocol)> Streams(IoClient io, string path, IPEndPoint address, System.Security.Cryptography.X509Certificates.X509Certificate trusted)
    {
        // begin streams
        await using var file = await IoFileStream.OpenAsync(io, path);
        var hash = await SHA256.HashDataAsync(file);

        await using var socket = await IoSocketStream.ConnectAsync(io, address);
        await using var tls = new SslStream(socket, false, (_, certificate, _, _) => trusted.Equals(certificate));
        await tls.AuthenticateAsClientAsync("localhost");

        // end streams
        return (hash, tls.SslProtocol);
    }

    /// <summary>By a subscription.</summary>
    public sealed class Greeter : ReceiveActor
    {
        /// <summary>Greets ten.</summary>
        public Greeter(Descriptor listener)
        {
            // begin subscribe
            var io = Context.System.IoActors().Client;
            var connections = io.Subscribe(new Accept(listener), Self);
            connections.Demand(10);

            ReceiveAsync<IoResult>(async result =>
            {
                if (!result.IsSuccess)
                {
                    Context.Stop(Self);
                    return;
                }

                await using var stream = new IoSocketStream(io, result.SocketHandle);
                await stream.WriteAsync("welcome\n"u8.ToArray());
                connections.Demand(1);
            });

            // end subscribe
        }
    }

    // begin tell
    /// <summary>Adds up the bytes of a file, 64 KiB at a time.</summary>
    public sealed class Summer : ReceiveActor
    {
        private long _sum;

        /// <summary>Starts to read.</summary>
        public Summer(Descriptor file, IActorRef listener)
        {
            var io = Context.System.IoActors().Backend;
            io.Tell(new Read(file, new byte[65536]), Self);

            Receive<IoResult>(result =>
            {
                // The reply carries the message, and with it the buffer, which is ours again.
                var buffer = ((Read)result.Operation).Buffer;
                var bytes = (int)result.GetValueOrThrow();
                foreach (var value in buffer.Span[..bytes])
                {
                    _sum += value;
                }

                if (bytes > 0)
                {
                    io.Tell(new Read(file, buffer), Self);
                }
                else
                {
                    listener.Tell(_sum);
                }
            });
        }
    }

    // end tell
}

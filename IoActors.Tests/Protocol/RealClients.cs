using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Service.Echo;
using Xunit;

namespace Akka.IoActors.Tests.Protocol;

/// <summary>Clients that others have written, against servers of Akka.IO's protocol on ours.</summary>
public abstract class RealClients(ProtocolFixture fixture) : ProtocolTest(fixture)
{
    [SkippableFact]
    public async Task Socat_gets_its_bytes_back_from_the_echo_server()
    {
        Need("socat");
        var starter = NewProbe();
        var server = Fixture.System.ActorOf(
            Props.Create(() => new EchoServer(Fixture.Tcp, new IPEndPoint(IPAddress.Loopback, 0), starter.Ref)));
        var port = ((IPEndPoint)(await starter.Expect<Tcp.Bound>()).LocalAddress).Port;
        var bytes = Pattern(2_000_000);
        Assert.Equal(bytes, await Run("socat", bytes, "-t10", "-", FormattableString.Invariant($"TCP:127.0.0.1:{port}")));
        Fixture.System.Stop(server);
    }

    [SkippableFact]
    public async Task Curl_gets_a_file()
    {
        Need("curl");
        var path = Path.GetTempFileName();
        var bytes = Pattern(2_000_000);
        await File.WriteAllBytesAsync(path, bytes);
        var (server, port) = await Start(Props.Create(() => new FileHandler(path)));
        Assert.Equal(bytes, await Run("curl", [], "-sS", "--max-time", "20", FormattableString.Invariant($"http://127.0.0.1:{port}/")));
        Fixture.System.Stop(server);
        File.Delete(path);
    }

    [SkippableFact]
    public async Task Redis_benchmark_sets_gets_and_pings_with_fifty_clients()
    {
        Need("redis-benchmark");
        var (server, port) = await Start(Props.Create(() => new RespHandler()));
        var output = Encoding.ASCII.GetString(await Run(
            "redis-benchmark", [], "-p", port.ToString(CultureInfo.InvariantCulture), "-t", "ping_mbulk,set,get", "-n", "2000", "-c", "50", "-P", "4", "--csv"));
        foreach (var command in new[] { "PING_MBULK", "SET", "GET" })
        {
            Assert.Contains($"\"{command}", output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("error", output, StringComparison.OrdinalIgnoreCase);
        Fixture.System.Stop(server);
    }

    private async Task<(IActorRef Server, int Port)> Start(Props handler)
    {
        var starter = NewProbe();
        var server = Fixture.System.ActorOf(Props.Create(() => new Server(Fixture.Tcp, handler, starter.Ref)));
        return (server, ((IPEndPoint)(await starter.Expect<Tcp.Bound>()).LocalAddress).Port);
    }

    /// <summary>Before anything is started: a test that is skipped leaves nothing behind.</summary>
    private static void Need(string program) => Skip.If(
        Environment.GetEnvironmentVariable("PATH")!.Split(':').All(folder => !File.Exists(Path.Combine(folder, program))),
        $"{program} is not installed");

    private static async Task<byte[]> Run(string program, byte[] input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await reading.WaitAsync(Deadline);
        await process.WaitForExitAsync().WaitAsync(Deadline);
        Assert.True(process.ExitCode == 0, await errors);
        return output.ToArray();
    }

    /// <summary>Has a handler made for each connection.</summary>
    private sealed class Server : ReceiveActor
    {
        public Server(IActorRef tcp, Props handler, IActorRef starter)
        {
            tcp.Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0), backlog: 512));
            Receive<Tcp.Bound>(starter.Tell);
            Receive<Tcp.Connected>(_ => Sender.Tell(new Tcp.Register(Context.ActorOf(handler))));
        }
    }

    /// <summary>Answers any request with a file, and closes.</summary>
    private sealed class FileHandler : ReceiveActor
    {
        public FileHandler(string path)
        {
            var length = new FileInfo(path).Length;
            Receive<Tcp.Received>(_ =>
            {
                var head = FormattableString.Invariant($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
                Sender.Tell(Tcp.Write.Create(ByteString.FromString(head)).Append(new WriteFile(path, 0, length)));
                Sender.Tell(Tcp.Close.Instance);
            });
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }
    }

    /// <summary>As much of RESP as redis-benchmark speaks: arrays of bulk strings, answered in order.</summary>
    private sealed class RespHandler : ReceiveActor
    {
        private readonly Dictionary<string, string> _values = [];
        private string _input = "";

        public RespHandler()
        {
            Receive<Tcp.Received>(received =>
            {
                _input += received.Data.ToString(Encoding.Latin1);
                var answers = new StringBuilder();
                while (TryTake(out var command))
                {
                    answers.Append(Answer(command));
                }

                if (answers.Length > 0)
                {
                    Sender.Tell(Tcp.Write.Create(ByteString.FromString(answers.ToString(), Encoding.Latin1)));
                }
            });
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }

        private string Answer(List<string> command)
        {
            switch (command[0].ToUpperInvariant())
            {
                case "PING":
                    return "+PONG\r\n";
                case "SET":
                    _values[command[1]] = command[2];
                    return "+OK\r\n";
                case "GET":
                    return _values.TryGetValue(command[1], out var value)
                        ? FormattableString.Invariant($"${value.Length}\r\n{value}\r\n")
                        : "$-1\r\n";
                default:
                    return "*0\r\n";
            }
        }

        private bool TryTake(out List<string> command)
        {
            command = [];
            var at = 0;
            if (!TryNumber('*', ref at, out var count))
            {
                return false;
            }

            for (var n = 0; n < count; n++)
            {
                if (!TryNumber('$', ref at, out var length) || _input.Length < at + length + 2)
                {
                    return false;
                }

                command.Add(_input.Substring(at, length));
                at += length + 2;
            }

            _input = _input[at..];
            return true;
        }

        private bool TryNumber(char kind, ref int at, out int number)
        {
            number = 0;
            var end = _input.IndexOf("\r\n", at, StringComparison.Ordinal);
            if (end < 0)
            {
                return false;
            }

            Assert.Equal(kind, _input[at]);
            number = int.Parse(_input.AsSpan(at + 1, end - at - 1), CultureInfo.InvariantCulture);
            at = end + 2;
            return true;
        }
    }
}

using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Akka.IoActors.Remoting;

namespace Akka.IoActors.Service.Nodes;

/// <summary>How nodes and those that use them find and understand each other.</summary>
internal static class NodeHost
{
    /// <summary>Akka.Remote on our transport, listening.</summary>
    internal static string Remote(string address, int port) => string.Create(CultureInfo.InvariantCulture, $$"""
        {{IoTcpTransport.Hocon}}
        akka.remote.dot-netty.tcp {
          hostname = "{{address}}"
          port = {{port}}
          send-buffer-size = 0b
          receive-buffer-size = 0b
        }
        """);

    /// <summary>A system that uses nodes from outside of their cluster.</summary>
    internal static string Client(string node) => $"""
        akka.actor.provider = remote
        io-actors-cluster.request-timeout = 5s
        {(Environment.GetEnvironmentVariable("IOACTORS_LOGLEVEL") is null ? "akka.loglevel = OFF" : "")}
        {Remote(AddressTowards(node), 0)}
        """;

    /// <summary>The address of this machine that a node can answer to.</summary>
    private static string AddressTowards(string node)
    {
        var uri = new Uri($"tcp://{node}");
        try
        {
            // Sends nothing: it only has the kernel choose a way.
            using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(uri.Host, uri.Port);
            var address = ((IPEndPoint)socket.LocalEndPoint!).Address;
            return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        }
        catch (SocketException)
        {
            // That it cannot be reached is found out, and told, by who asks it.
            return "127.0.0.1";
        }
    }
}

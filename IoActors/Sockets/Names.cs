using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
using Dns = Akka.IO.Dns;

namespace Akka.IoActors.Sockets;

/// <summary>Resolves names by Akka's Dns extension, with its cache: no loop ever waits for a name server.</summary>
internal static class Names
{
    // Akka's resolver has no limit of its own; the C library's gives up after about this long.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <summary>The addresses behind an endpoint, to be tried in this order; an address is its own.</summary>
    /// <exception cref="SocketException">There is no such host.</exception>
    internal static async Task<IReadOnlyList<EndPoint>> Resolve(
        EndPoint endPoint, TimeSpan? timeout, bool ipv4Only, ActorSystem system)
    {
        if (endPoint is not DnsEndPoint name)
        {
            return [endPoint];
        }

        var resolved = Dns.Cached(name.Host, system)
            ?? await Dns.Instance.Apply(system).Manager.Ask<Dns.Resolved>(new Dns.Resolve(name.Host), timeout ?? s_timeout);
        if (!resolved.IsSuccess)
        {
            throw resolved.Exception;
        }

        var addresses = ipv4Only ? resolved.Ipv4 : resolved.Ipv4.Concat(resolved.Ipv6);
        return addresses.Select(address => new IPEndPoint(address, name.Port)).ToList() is { Count: > 0 } found
            ? found
            : throw new SocketException((int)SocketError.HostNotFound);
    }
}

using System;
using System.Net;
using Akka.IoActors.AspNetCore;

namespace Akka.IoActors.Service.Serve;

/// <summary>What <c>ioactors serve</c> was asked for.</summary>
/// <param name="Directory">The directory whose files are served.</param>
/// <param name="Address">Where to listen.</param>
/// <param name="Port">The port; 0 for any.</param>
/// <param name="Tls">Whether to speak TLS.</param>
/// <param name="Certificate">The PEM file of the certificate and its chain; null for one that is made at the start.</param>
/// <param name="Key">The PEM file of its key; null if the key is in the same file.</param>
/// <param name="Scheduling">Where requests run.</param>
/// <param name="MaxConnections">Connections at the same time; 0 for no limit.</param>
/// <param name="Drain">How long requests may take to finish at the end.</param>
/// <param name="Chaos">Whether the status page may kill rings.</param>
internal sealed record ServeOptions(
    string Directory,
    IPAddress Address,
    int Port,
    bool Tls,
    string? Certificate,
    string? Key,
    IoScheduling Scheduling,
    int MaxConnections,
    TimeSpan Drain,
    bool Chaos);

using System;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;

namespace Akka.IoActors.Remoting;

/// <summary>What a transport is told: the keys of <c>akka.remote.dot-netty.tcp</c>, with their meanings.</summary>
internal sealed record TransportSettings
{
    /// <summary>What may wait to be sent to one node, unless the configuration says.</summary>
    private const long DefaultHighWater = 16 << 20;

    private const long LeastFrame = 32_000;

    /// <summary>Where to listen.</summary>
    internal required string Host { get; init; }

    internal required int Port { get; init; }

    /// <summary>What other nodes call this one.</summary>
    internal required string PublicHost { get; init; }

    /// <summary>Null: the port that it listens on.</summary>
    internal required int? PublicPort { get; init; }

    internal required bool IPv6Names { get; init; }

    internal required TimeSpan ConnectTimeout { get; init; }

    internal required int Backlog { get; init; }

    /// <summary>0: what the kernel gives.</summary>
    internal required int SendBuffer { get; init; }

    /// <summary>0: what the kernel gives.</summary>
    internal required int ReceiveBuffer { get; init; }

    internal required bool NoDelay { get; init; }

    internal required bool KeepAlive { get; init; }

    internal required bool ReuseAddress { get; init; }

    internal required bool IsBigEndian { get; init; }

    /// <summary>The most bytes of a frame, without its length.</summary>
    internal required int MaxFrame { get; init; }

    /// <summary>From how many bytes on that wait to be sent a write is refused: Akka.Remote keeps it and tries again.</summary>
    internal required long HighWater { get; init; }

    /// <summary>Null: no TLS.</summary>
    internal required TlsSettings? Tls { get; init; }

    internal static TransportSettings Of(ActorSystem system, Config config)
    {
        if (config.GetString("transport-protocol", "tcp") != "tcp")
        {
            throw new ConfigurationException("transport-protocol: this transport speaks tcp alone.");
        }

        if (config.GetBoolean("enable-backwards-compatibility", false))
        {
            throw new ConfigurationException("enable-backwards-compatibility: this transport does not speak to Helios.");
        }

        var host = config.GetString("hostname", "");
        host = host.Length > 0 ? host : "0.0.0.0";
        var publicHost = config.GetString("public-hostname", "");
        var publicPort = PortOf(config, "public-port", 0);
        return new TransportSettings
        {
            Host = host,
            Port = PortOf(config, "port", 2552),
            PublicHost = publicHost.Length > 0 ? publicHost : host,
            PublicPort = publicPort > 0 ? publicPort : null,
            IPv6Names = config.GetBoolean("dns-use-ipv6", false),
            ConnectTimeout = config.GetTimeSpan("connection-timeout", TimeSpan.FromSeconds(15)) is { Ticks: > 0 } time
                ? time
                : throw new ConfigurationException("connection-timeout: a positive time is wanted."),
            Backlog = config.GetInt("backlog", 4096) is > 0 and var backlog
                ? backlog
                : throw new ConfigurationException("backlog: a positive number is wanted."),
            SendBuffer = SizeOf(config, "send-buffer-size", 256_000),
            ReceiveBuffer = SizeOf(config, "receive-buffer-size", 256_000),
            NoDelay = config.GetBoolean("tcp-nodelay", true),
            KeepAlive = config.GetBoolean("tcp-keepalive", true),
            ReuseAddress = config.GetString("tcp-reuse-addr", "off-for-windows") is not ("off" or "false" or "no"),
            IsBigEndian = config.GetString("byte-order", "little-endian") switch
            {
                "little-endian" => false,
                "big-endian" => true,
                var other => throw new ConfigurationException($"byte-order: \"{other}\" is neither little-endian nor big-endian."),
            },
            MaxFrame = SizeOf(config, "maximum-frame-size", 128_000) is >= (int)LeastFrame and var frame
                ? frame
                : throw new ConfigurationException($"maximum-frame-size must be at least {LeastFrame} bytes."),
            HighWater = SizeOf(config, "write-buffer-high-water-mark", 0) is > 0 and var mark ? mark : DefaultHighWater,
            Tls = config.GetBoolean("enable-ssl", false) ? TlsSettings.Of(system, config.GetConfig("ssl")) : null,
        };
    }

    private static int PortOf(Config config, string key, int otherwise) => config.GetInt(key, otherwise) is >= 0 and <= 65535 and var port
        ? port
        : throw new ConfigurationException($"{key}: a port is between 0 and 65535.");

    private static int SizeOf(Config config, string key, int otherwise) => (config.GetByteSize(key, otherwise) ?? otherwise) is >= 0 and <= int.MaxValue and var size
        ? (int)size
        : throw new ConfigurationException($"{key}: a size between 0 and {int.MaxValue} bytes is wanted.");
}

/// <summary>How nodes prove who they are: the keys of <c>akka.remote.dot-netty.tcp.ssl</c>, or a <see cref="DotNettySslSetup"/>.</summary>
internal sealed record TlsSettings(
    X509Certificate2 Certificate, bool SuppressValidation, bool Mutual, bool ValidateHostname, CertificateValidationCallback? Validator)
{
    internal static TlsSettings Of(ActorSystem system, Config ssl)
    {
        var settings = system.Settings.Setup.Get<DotNettySslSetup>() is { HasValue: true, Value: var setup }
            ? new TlsSettings(
                setup.Certificate, setup.SuppressValidation, setup.RequireMutualAuthentication, setup.ValidateCertificateHostname, setup.CustomValidator)
            : new TlsSettings(
                CertificateOf(ssl.GetConfig("certificate")),
                ssl.GetBoolean("suppress-validation", false),
                ssl.GetBoolean("require-mutual-authentication", true),
                ssl.GetBoolean("validate-certificate-hostname", false),
                null);
        return settings.Certificate.HasPrivateKey
            ? settings
            : throw new ConfigurationException($"ssl.certificate: the certificate {settings.Certificate.Subject} has no private key.");
    }

    private static X509Certificate2 CertificateOf(Config certificate)
    {
        if (!certificate.GetBoolean("use-thumbprint-over-file", false))
        {
            return certificate.GetString("path", "") is { Length: > 0 } path
                ? X509CertificateLoader.LoadPkcs12FromFile(path, certificate.GetString("password", ""))
                : throw new ConfigurationException("ssl.certificate.path: enable-ssl needs a certificate.");
        }

        var thumbprint = certificate.GetString("thumbprint", "");
        using var store = new X509Store(
            certificate.GetString("store-name", "") is { Length: > 0 } name ? name : nameof(StoreName.My),
            certificate.GetString("store-location", "current-user") == "local-machine" ? StoreLocation.LocalMachine : StoreLocation.CurrentUser);
        store.Open(System.Security.Cryptography.X509Certificates.OpenFlags.ReadOnly);
        return store.Certificates.Find(X509FindType.FindByThumbprint, thumbprint, validOnly: false) is [var found, ..]
            ? found
            : throw new ConfigurationException($"ssl.certificate.thumbprint: the store {store.Name} has no certificate \"{thumbprint}\".");
    }
}

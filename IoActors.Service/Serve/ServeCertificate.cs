using System;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Akka.IoActors.Service.Serve;

/// <summary>The certificate of <c>--tls</c>: from files, or made at the start, for oneself to trust.</summary>
internal static class ServeCertificate
{
    /// <exception cref="CryptographicException">The files are no certificate and its key.</exception>
    /// <exception cref="System.IO.IOException">A file could not be read.</exception>
    internal static X509Certificate2 Get(ServeOptions options) =>
        options.Certificate is { } file ? X509Certificate2.CreateFromPemFile(file, options.Key) : Make(options.Address);

    private static X509Certificate2 Make(IPAddress address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ioactors serve", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(Dns.GetHostName());
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        if (!address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !IPAddress.IsLoopback(address))
        {
            names.AddIpAddress(address);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));

        // A clock that is a little behind sees it as valid, too.
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-10), DateTimeOffset.UtcNow.AddYears(1));
    }
}

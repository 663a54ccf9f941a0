using System;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Akka.IoActors.Tests.Support;

/// <summary>Certificates for tests.</summary>
internal static class Certificates
{
    /// <summary>One that nobody has signed, with its key.</summary>
    internal static X509Certificate2 SelfSigned()
    {
        using var rsa = RSA.Create(2048);
        var request = new CertificateRequest("CN=node", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}

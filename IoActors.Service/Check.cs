using System;

namespace Akka.IoActors.Service;

/// <summary>Something is not as it must be.</summary>
internal sealed class CheckFailedException(string message) : Exception(message);

/// <summary>What a tour or a soak insists on.</summary>
internal static class Check
{
    internal static void That(bool isSo, string otherwise)
    {
        if (!isSo)
        {
            throw new CheckFailedException(otherwise);
        }
    }
}

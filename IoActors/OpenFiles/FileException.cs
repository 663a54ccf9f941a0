using System;
using System.IO;

namespace Akka.IoActors;

/// <summary>A command to a file of <c>system.IoFiles()</c> has failed: <see cref="Files.Failed"/> as an exception.</summary>
public sealed class FileException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="failure">The event.</param>
    public FileException(Files.Failed failure)
        : base(failure?.Message, (int)(failure?.Error ?? throw new ArgumentNullException(nameof(failure)))) => Failure = failure;

    /// <summary>The event.</summary>
    public Files.Failed Failure { get; }

    /// <summary>Why it failed.</summary>
    public Errno Error => Failure.Error;
}

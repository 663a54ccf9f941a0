using System;
using System.IO;

namespace Akka.IoActors;

/// <summary>
/// An operation failed: an <see cref="IOException"/> that names the operation, its descriptor or path,
/// and the errno.
/// </summary>
public sealed class IoException : IOException
{
    /// <summary>Makes the exception of a failed result.</summary>
    /// <param name="result">The result.</param>
    /// <exception cref="ArgumentException">The result is a success.</exception>
    public IoException(IoResult result)
        : base(Describe(result), (int)result.Error) => Result = result;

    /// <summary>The failed result.</summary>
    public IoResult Result { get; }

    /// <summary>The operation that failed.</summary>
    public IoOperation Operation => Result.Operation;

    /// <summary>Why it failed.</summary>
    public Errno Error => Result.Error;

    private static string Describe(IoResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.IsSuccess)
        {
            throw new ArgumentException($"{result} is no failure.", nameof(result));
        }

        var unknown = result.OutcomeUnknown ? "; it may have taken effect" : "";
        return $"{result.Operation}: {result.Error.Name()} ({result.Error.Description()}){unknown}";
    }
}

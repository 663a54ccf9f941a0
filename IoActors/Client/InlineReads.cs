using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Akka.IoActors.Native;

namespace Akka.IoActors.Client;

/// <summary>
/// Serves positional reads from the page cache on the caller's own thread, without a message. A read must not come before
/// a write, a truncation or a Close that the same client has sent and that is not answered: it then takes the ordinary way.
/// </summary>
internal sealed class InlineReads
{
    private const int Buckets = 4096;

    private static readonly object Yes = new();
    private static readonly object No = new();

    /// <summary>
    /// Changes that the client has sent and that are not answered, by descriptor modulo the number of buckets: two that
    /// share one keep each other from being served inline, no more. Any thread, interlocked.
    /// </summary>
    private readonly int[] _changes = new int[Buckets];

    /// <summary>
    /// Handles that have been read through, and whether they have O_DIRECT: their reads would wait for the device.
    /// Any thread.
    /// </summary>
    private readonly ConditionalWeakTable<SafeHandle, object> _isDirect = [];

    /// <summary>An operation is about to be sent.</summary>
    internal void Sending(IoOperation operation)
    {
        if (IsChange(operation))
        {
            Interlocked.Increment(ref Bucket(operation.Target!));
        }
    }

    /// <summary>It has been answered.</summary>
    internal void Answered(IoOperation operation)
    {
        if (IsChange(operation))
        {
            Interlocked.Decrement(ref Bucket(operation.Target!));
        }
    }

    /// <summary>Reads, if the page cache has all of it and nothing stands in the way.</summary>
    /// <param name="target">A descriptor's target.</param>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="offset">Where in the file.</param>
    /// <returns>Whether the buffer is full.</returns>
    internal bool TryRead(object target, Span<byte> buffer, long offset)
    {
        // A short count may be the end of the file, or of what is cached: the ordinary way finds out.
        if (buffer.IsEmpty || Volatile.Read(ref Bucket(target)) != 0)
        {
            return false;
        }

        if (target is not SafeHandle handle)
        {
            // A number may be another file by the next time: asked each time.
            var number = Descriptor.NumberOf(target);
            return !Sys.IsDirect(number) && Sys.ReadCached(number, buffer, offset) == buffer.Length;
        }

        var referenced = false;
        try
        {
            handle.DangerousAddRef(ref referenced);
            var number = (int)handle.DangerousGetHandle();
            return !IsDirect(handle, number) && Sys.ReadCached(number, buffer, offset) == buffer.Length;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (referenced)
            {
                handle.DangerousRelease();
            }
        }
    }

    private bool IsDirect(SafeHandle handle, int number)
    {
        if (!_isDirect.TryGetValue(handle, out var known))
        {
            known = Sys.IsDirect(number) ? Yes : No;
            _isDirect.TryAdd(handle, known);
        }

        return known == Yes;
    }

    private ref int Bucket(object target)
    {
        // A handle keeps its number when it is closed meanwhile: what was counted under it is discounted under it.
        var number = target is SafeHandle handle ? (int)handle.DangerousGetHandle() : Descriptor.NumberOf(target);
        return ref _changes[number & (Buckets - 1)];
    }

    private static bool IsChange(IoOperation operation) => operation.Kind
        is OperationKind.Write or OperationKind.WriteV or OperationKind.PWrite or OperationKind.PWriteV
        or OperationKind.FTruncate or OperationKind.FAllocate or OperationKind.Close or OperationKind.CopyRange or OperationKind.SendFile
        or OperationKind.Splice;
}

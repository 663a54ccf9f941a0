using System;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors;

/// <summary>
/// An open file, socket, pipe or other descriptor, as an operation names it. An <see cref="int"/>,
/// a <see cref="SafeFileHandle"/>, a <see cref="SafeSocketHandle"/> and a <see cref="Socket"/>
/// convert to it.
/// </summary>
/// <remarks>
/// A handle is referenced from submit to reply, so that disposing it meanwhile cannot pass its
/// number on to another file. A plain number has no such protection: close it through
/// <see cref="Close"/>, which waits for what was sent before.
/// </remarks>
public readonly struct Descriptor : IEquatable<Descriptor>
{
    private readonly object? _target;

    private Descriptor(object target) => _target = target;

    /// <summary>What an operation keeps: a <see cref="Number"/> or a <see cref="SafeHandle"/>.</summary>
    internal object Target => _target ?? Number.Of(-1);

    /// <summary>The descriptor with this number. A number that is not open leads to −EBADF.</summary>
    public static implicit operator Descriptor(int descriptor) => FromInt32(descriptor);

    /// <summary>The descriptor behind this handle.</summary>
    public static implicit operator Descriptor(SafeFileHandle handle) => FromSafeHandle(handle);

    /// <summary>The descriptor behind this handle.</summary>
    public static implicit operator Descriptor(SafeSocketHandle handle) => FromSafeHandle(handle);

    /// <summary>The descriptor behind this socket.</summary>
    public static implicit operator Descriptor(Socket socket) => FromSocket(socket);

    /// <summary>The descriptor with this number. A number that is not open leads to −EBADF.</summary>
    public static Descriptor FromInt32(int descriptor) => new(Number.Of(descriptor));

    /// <summary>The descriptor that an operation has kept.</summary>
    internal static Descriptor FromTarget(object target) => new(target);

    /// <summary>The descriptor behind a handle whose value is a descriptor.</summary>
    /// <exception cref="ArgumentNullException">There is no handle.</exception>
    public static Descriptor FromSafeHandle(SafeHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return new Descriptor(handle);
    }

    /// <summary>The descriptor behind a socket.</summary>
    /// <exception cref="ArgumentNullException">There is no socket.</exception>
    public static Descriptor FromSocket(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return new Descriptor(socket.SafeHandle);
    }

    /// <summary>Whether two descriptors name the same number or the same handle.</summary>
    public static bool operator ==(Descriptor left, Descriptor right) => left.Equals(right);

    /// <summary>Whether two descriptors name different numbers or handles.</summary>
    public static bool operator !=(Descriptor left, Descriptor right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(Descriptor other) => Target.Equals(other.Target);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Descriptor other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Target.GetHashCode();

    /// <summary>The number, such as <c>7</c>; <c>closed</c> for a closed handle.</summary>
    public override string ToString() => Describe(Target);

    /// <summary>The number of an operation's target; −1 for a closed handle.</summary>
    internal static int NumberOf(object target) => target switch
    {
        Number number => number.Value,
        SafeHandle { IsClosed: false } handle => (int)handle.DangerousGetHandle(),
        _ => -1,
    };

    internal static string Describe(object target) => target switch
    {
        Number number => FormattableString.Invariant($"{number.Value}"),
        SafeHandle { IsClosed: true } => "closed",
        SafeHandle handle => FormattableString.Invariant($"{(int)handle.DangerousGetHandle()}"),
        _ => target.ToString() ?? "",
    };

    /// <summary>
    /// A boxed number. Those of the usual range are made once, so that naming a descriptor costs
    /// an operation eight bytes and no allocation.
    /// </summary>
    internal sealed class Number : IEquatable<Number>
    {
        private const int Cached = 1 << 16;

        // Any thread; a lost race makes a second box of the same number, which is equal to the first.
        private static Number?[] s_numbers = new Number?[256];

        private Number(int value) => Value = value;

        internal int Value { get; }

        public bool Equals(Number? other) => other is not null && other.Value == Value;

        public override bool Equals(object? obj) => Equals(obj as Number);

        public override int GetHashCode() => Value;

        internal static Number Of(int value)
        {
            var numbers = s_numbers;
            if ((uint)value < (uint)numbers.Length)
            {
                return Volatile.Read(ref numbers[value]) ?? Make(numbers, value);
            }

            if ((uint)value >= Cached)
            {
                return new Number(value);
            }

            Array.Resize(ref numbers, Math.Min(Cached, Math.Max(value + 1, numbers.Length * 2)));
            s_numbers = numbers;
            return Make(numbers, value);
        }

        private static Number Make(Number?[] numbers, int value)
        {
            var number = new Number(value);
            Volatile.Write(ref numbers[value], number);
            return number;
        }
    }
}

using System.Collections.Generic;

namespace Akka.IoActors.Tests.Parity;

/// <summary>The descriptors of a world, by index: their numbers differ between worlds, their meaning does not.</summary>
public static class Slots
{
    /// <summary>Slots 0 … 3 are files, the others not.</summary>
    public const int Files = 4;

    /// <summary>The first end of the first socket pair.</summary>
    public const int FirstSocket = 8;

    /// <summary>Slots below this one are open at first.</summary>
    public const int Opened = 12;

    /// <summary>All slots: the last three never stand for anything.</summary>
    public const int Count = 15;

    private static readonly string[] Names =
    [
        "fileA", "fileB", "fileC", "fileD", "pipe1.read", "pipe1.write", "pipe2.read", "pipe2.write",
        "pair1.first", "pair1.second", "pair2.first", "pair2.second", "minus1", "never", "minus100",
    ];

    /// <summary>How the slots' files are opened at first.</summary>
    public static IReadOnlyList<OpenFlags> FileFlags { get; } =
    [
        OpenFlags.ReadWrite, OpenFlags.ReadWrite | OpenFlags.Append, OpenFlags.WriteOnly, OpenFlags.ReadOnly,
    ];

    /// <summary>The name for people.</summary>
    public static string NameOf(int slot) => Names[slot];

    /// <summary>The name of the file that a slot has at first.</summary>
    public static string FileNameOf(int slot) => ((char)('a' + slot)).ToString();

    /// <summary>Whether it is a file's.</summary>
    public static bool IsFile(int slot) => slot < Files;

    /// <summary>Whether it is an end of a pipe.</summary>
    public static bool IsPipe(int slot) => slot is >= Files and < FirstSocket;

    /// <summary>Whether it is an end of a socket pair.</summary>
    public static bool IsSocket(int slot) => slot is >= FirstSocket and < Opened;

    /// <summary>The other end of a pipe or socket pair.</summary>
    public static int PeerOf(int slot) => slot ^ 1;
}

namespace Akka.IoActors.Streams;

/// <summary>A name in a directory, with the way to it.</summary>
/// <param name="Path">The directory that the source was made with, and the way from there.</param>
/// <param name="Type">What it is; a symbolic link is one, wherever it leads.</param>
public sealed record IoDirectoryEntry(string Path, FileType Type);

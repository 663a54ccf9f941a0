using System;

namespace Akka.IoActors.Clustering;

/// <summary>Paths beneath a root. That none leads out of it is the kernel's to see to; here they are brought into one form.</summary>
internal static class RootPath
{
    /// <summary>What is written under this name belongs to the same nodes as the file that it is to be.</summary>
    internal const string PartSuffix = ".part";

    /// <summary>The path without "/" at its ends, and with one between names.</summary>
    internal static string Check(string path, string parameter) => !path.Contains('\0', StringComparison.Ordinal)
        ? string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        : throw new ArgumentException("A path cannot contain a NUL.", parameter);

    internal static string CheckName(string name, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameter);
        return name is not ("." or "..") && !name.AsSpan().ContainsAny('/', '\0')
            ? name
            : throw new ArgumentException($"\"{name}\" is no name of a file.", parameter);
    }

    /// <summary>What is hashed: the name that a file is to have in the end.</summary>
    internal static string KeyOf(string path) => path.EndsWith(PartSuffix, StringComparison.Ordinal) ? path[..^PartSuffix.Length] : path;

    /// <summary>The directory of a path, "." for none, and the name in it.</summary>
    internal static (string Directory, string Name) Split(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? (".", path) : (path[..slash], path[(slash + 1)..]);
    }

    internal static string Join(string directory, string name) => directory is "" or "." ? name : $"{directory}/{name}";
}

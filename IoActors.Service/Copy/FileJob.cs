namespace Akka.IoActors.Service.Copy;

/// <summary>One file or symbolic link to be copied.</summary>
/// <param name="Source">What to copy.</param>
/// <param name="Target">What the copy is to be called.</param>
/// <param name="Directory">The directory that it belongs to; null for the root of the copy.</param>
/// <param name="Link">The status of a symbolic link; null for a file.</param>
internal sealed record FileJob(FilePath Source, FilePath Target, DirectoryCopy? Directory, FileStatus? Link);

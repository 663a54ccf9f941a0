namespace Akka.IoActors.Service;

/// <summary>The program <c>ioactors</c>.</summary>
internal static class Program
{
    private static int Main() => 0;
}

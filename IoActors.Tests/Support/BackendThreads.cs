using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace Akka.IoActors.Tests.Support;

/// <summary>The threads of this process that belong to backends: loops, pools, readiness.</summary>
internal static class BackendThreads
{
    internal static int Count => Numbers().Count;

    /// <summary>The kernel's numbers of them, at this moment.</summary>
    internal static List<int> Numbers()
    {
        var numbers = new List<int>();
        foreach (var task in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(task, "comm")).StartsWith("io-", StringComparison.Ordinal))
                {
                    numbers.Add(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture));
                }
            }
            catch (IOException)
            {
                // The thread has ended meanwhile.
            }
        }

        return numbers;
    }
}

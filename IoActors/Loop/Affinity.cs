using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Akka.IoActors.Native;

namespace Akka.IoActors.Loop;

/// <summary>Which processors loops are bound to: the setting <c>loop-dispatcher.affinity</c>.</summary>
internal static class Affinity
{
    private static int s_last = -1;

    /// <summary>Reads the setting.</summary>
    /// <param name="text"><c>off</c>, <c>auto</c>, or processors such as <c>0,2,4-7</c>.</param>
    /// <param name="processors">The processors; none if loops are bound to none.</param>
    /// <returns>Whether it is one of these, and names no processor that this process may not run on.</returns>
    internal static bool TryParse(string text, out IReadOnlyList<int> processors)
    {
        processors = [];
        switch (text)
        {
            case "off":
                return true;
            case "auto":
                processors = Processors.Allowed();
                return true;
        }

        var list = new List<int>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryNumber(ends[0], out var first) || !TryNumber(ends[^1], out var last) || last < first)
            {
                return false;
            }

            list.AddRange(Enumerable.Range(first, last - first + 1));
        }

        processors = list;
        return list.TrueForAll(Processors.Allowed().Contains);

        static bool TryNumber(string text, out int number) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 8192;
    }

    /// <summary>The processor of one more loop: each takes the next, and the first again after the last.</summary>
    internal static int? Next(IReadOnlyList<int> processors) => processors.Count == 0
        ? null
        : processors[(int)((uint)Interlocked.Increment(ref s_last) % (uint)processors.Count)];
}

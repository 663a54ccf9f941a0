using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace Akka.IoActors.Tests.Native;

/// <summary>
/// Asks the C compiler for the values of expressions: one program with a function for each, compiled with
/// the headers of this machine and run.
/// </summary>
internal static partial class CHeaders
{
    private const string Preamble =
        """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <limits.h>
        #include <linux/io_uring.h>
        #include <linux/time_types.h>
        #include <netinet/in.h>
        #include <poll.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/mman.h>
        #include <sys/resource.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/un.h>

        """;

    /// <summary>The values of the expressions; one that the headers do not know is not in it.</summary>
    internal static IReadOnlyDictionary<string, long> Evaluate(IEnumerable<string> expressions)
    {
        foreach (var (header, package) in new[]
        {
            ("/usr/include/linux/io_uring.h", "linux-libc-dev"), ("/usr/include/stdio.h", "libc6-dev"),
        })
        {
            if (!File.Exists(header))
            {
                throw new InvalidOperationException($"{header} is missing: install the Debian package {package}.");
            }
        }

        var folder = Directory.CreateTempSubdirectory("io-actors-headers-").FullName;
        try
        {
            // An unknown name of an enumeration cannot be seen by the preprocessor. So: compile, drop the
            // functions that the compiler complains of, and compile again.
            var all = expressions.Distinct().ToList();
            var known = Compile(folder, all, out var unknown) ? all : Without(all, unknown);
            if (unknown.Count > 0 && !Compile(folder, known, out unknown))
            {
                throw new InvalidOperationException("gcc refuses: " + string.Join(", ", unknown));
            }

            var lines = Run(Path.Combine(folder, "values"), []).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return known.Zip(lines).ToDictionary(
                pair => pair.First, pair => long.Parse(pair.Second, CultureInfo.InvariantCulture));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<string> Without(List<string> all, IReadOnlyCollection<string> unknown) =>
        all.Where(expression => !unknown.Contains(expression)).ToList();

    /// <summary>Writes and compiles the program; one line an expression, so that errors point at them.</summary>
    private static bool Compile(string folder, List<string> expressions, out IReadOnlyCollection<string> refused)
    {
        var source = Path.Combine(folder, "values.c");
        var firstLine = Preamble.Count(c => c == '\n') + 1;
        var text = new StringBuilder(Preamble);
        for (var i = 0; i < expressions.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"static long long f{i}(void) {{ return (long long)({expressions[i]}); }}\n");
        }

        text.Append("int main(void) {\n");
        for (var i = 0; i < expressions.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"printf(\"%lld\\n\", f{i}());\n");
        }

        text.Append("return 0; }\n");
        File.WriteAllText(source, text.ToString());
        var said = Run("gcc", ["-w", "-fmax-errors=0", "-o", Path.Combine(folder, "values"), source], mayFail: true);
        var lines = ErrorLine().Matches(said)
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) - firstLine)
            .ToHashSet();
        if (lines.Any(line => line < 0 || line >= expressions.Count))
        {
            throw new InvalidOperationException("gcc refuses the program itself: " + said);
        }

        refused = lines.Select(line => expressions[line]).ToList();
        if (refused.Count == 0 && !File.Exists(Path.Combine(folder, "values")))
        {
            throw new InvalidOperationException("gcc made nothing: " + said);
        }

        return refused.Count == 0;
    }

    private static string Run(string program, string[] arguments, bool mayFail = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Messages in English, whatever the user's language: "error:" is looked for.
        start.Environment["LC_ALL"] = "C";
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(OwnThread.Deadline))
            {
                process.Kill();
                throw new TimeoutException($"{program} hangs");
            }

            return process.ExitCode == 0 || mayFail
                ? output.Result + errors.Result
                : throw new InvalidOperationException($"{program}: exit code {process.ExitCode}: {errors.Result}");
        }
        catch (Win32Exception) when (program == "gcc")
        {
            throw new InvalidOperationException("gcc is missing: install the Debian package gcc.");
        }
    }

    [GeneratedRegex(@"values\.c:([0-9]+):[0-9]+: error:")]
    private static partial Regex ErrorLine();
}

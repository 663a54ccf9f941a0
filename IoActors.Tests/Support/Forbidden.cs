using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace Akka.IoActors.Tests.Support;

/// <summary>
/// Runs programs under a real seccomp filter that forbids system calls, as container runtimes do: a small C
/// program, compiled for the purpose, installs the filter and becomes the program.
/// </summary>
internal static class Forbidden
{
    private const string Source =
        """
        #include <errno.h>
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/prctl.h>
        #include <unistd.h>

        /* forbid ERRNO SYSCALL[,SYSCALL…] PROGRAM [ARGUMENT…] */
        int main(int argc, char **argv) {
            struct sock_filter filter[64];
            int n = 0;
            int error = atoi(argv[1]);
            filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
            for (char *call = strtok(argv[2], ","); call; call = strtok(NULL, ",")) {
                filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, atoi(call), 0, 1);
                filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
            }
            filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
            struct sock_fprog program = {.len = n, .filter = filter};
            if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
                perror("seccomp");
                return 125;
            }
            execvp(argv[3], argv + 3);
            perror(argv[3]);
            return 126;
        }
        """;

    private static readonly Lazy<string> Launcher = new(Compile);

    /// <summary>Runs a program to its end under a filter.</summary>
    /// <param name="error">What the forbidden calls answer.</param>
    /// <param name="calls">Their numbers.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    internal static async Task<(int ExitCode, string Output, string Errors)> Run(
        Errno error, IEnumerable<int> calls, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Launcher.Value)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(((int)error).ToString(global::System.Globalization.CultureInfo.InvariantCulture));
        start.ArgumentList.Add(string.Join(',', calls));
        start.ArgumentList.Add(program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, await output, await errors);
    }

    private static string Compile()
    {
        var folder = Directory.CreateTempSubdirectory("io-actors-seccomp-").FullName;
        var source = Path.Combine(folder, "forbid.c");
        var launcher = Path.Combine(folder, "forbid");
        File.WriteAllText(source, Source);
        using var gcc = Process.Start(new ProcessStartInfo("gcc", ["-O1", "-o", launcher, source]))!;
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
        return launcher;
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.IoActors.Tests.Support;
using Xunit;

namespace Akka.IoActors.Tests.Faults;

/// <summary>
/// What is to be survived, on each backend, by numbers. The parts stand in files of their own; what concerns one
/// backend alone stands in its subclass.
/// </summary>
[Collection(FaultCollection.Name)]
public abstract partial class FaultScenarios
{
    private readonly FaultReport _report;

    private protected FaultScenarios(string backend, FaultReport report)
    {
        Backend = backend;
        _report = report;
    }

    private protected static TimeSpan Deadline => FaultService.Deadline;

    private protected string Backend { get; }

    /// <summary>Runs a scenario on a service of its own, and sees whether both have survived.</summary>
    private protected async Task Survive(
        Func<FaultService, Task> scenario,
        string more = "",
        [CallerMemberName] string test = "",
        int minutes = 2)
    {
        var outcome = "FAILED";
        try
        {
            var before = Links();
            using (var service = new FaultService(Backend, more))
            {
                await scenario(service).WaitAsync(TimeSpan.FromMinutes(minutes));
                await service.MustBeWhole();
            }

            MustBeBackTo(before);
            outcome = "survived";
        }
        catch (SkipException e)
        {
            outcome = e.Message;
            throw;
        }
        finally
        {
            _report.Add(test, Backend, outcome);
        }
    }

    /// <summary>Runs a scenario that needs no service of the harness.</summary>
    private protected Task SurviveAlone(Func<Task> scenario, [CallerMemberName] string test = "") =>
        Survive(_ => scenario(), test: test);

    private static void MustBeBackTo(List<string> before)
    {
        var more = new List<string>();
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    more = Links();
                    before.ForEach(link => more.Remove(link));
                    return more.Count == 0;
                },
                TimeSpan.FromSeconds(10)),
            $"these are open now: {string.Join(", ", more)}");
    }

    /// <summary>What is open, without what .NET itself opens once for all.</summary>
    private protected static List<string> Links() =>
    [
        .. Directory.GetFiles("/proc/self/fd").Select(LinkOf).OfType<string>().Where(link =>
            !link.Contains(".dll", StringComparison.Ordinal) && !link.Contains(".pdb", StringComparison.Ordinal)
            && !link.Contains("/fd", StringComparison.Ordinal)
            && !link.Contains(".so", StringComparison.Ordinal) && !link.StartsWith("/proc", StringComparison.Ordinal)),
    ];

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private protected static byte[] Bytes(int count, int seed = 1) => FaultService.Bytes(count, seed);
}

/// <summary>On io_uring.</summary>
public sealed partial class IoUringFaults(FaultReport report) : FaultScenarios("io-uring", report);

/// <summary>On epoll.</summary>
public sealed partial class EpollFaults(FaultReport report) : FaultScenarios("epoll", report);

/// <summary>On threads.</summary>
public sealed partial class ThreadPoolFaults(FaultReport report) : FaultScenarios("thread-pool", report);

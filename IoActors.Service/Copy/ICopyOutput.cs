using System;
using System.Threading.Tasks;

namespace Akka.IoActors.Service.Copy;

/// <summary>Shows how a copy fares while it runs.</summary>
internal interface ICopyOutput
{
    /// <summary>Shows progress and the lines of the report until the work is done.</summary>
    /// <param name="report">What to show.</param>
    /// <param name="source">What is copied.</param>
    /// <param name="work">The copy.</param>
    Task RunAsync(CopyReport report, FilePath source, Func<Task> work);
}

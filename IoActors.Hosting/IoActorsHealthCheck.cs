using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Akka.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Akka.IoActors.Hosting;

/// <summary>Healthy while the service is up; degraded while it starts, comes back, or a loop stands still; unhealthy once it is down.</summary>
internal sealed class IoActorsHealthCheck : IAkkaHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(AkkaHealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var health = context.ActorSystem.IoActors().Health;
        var description = $"The I/O service is {health}.";
        var data = new Dictionary<string, object> { ["health"] = health.ToString() };
        return Task.FromResult(health switch
        {
            IoHealth.Up => HealthCheckResult.Healthy(description, data),
            IoHealth.Down => HealthCheckResult.Unhealthy(description, null, data),
            _ => HealthCheckResult.Degraded(description, null, data),
        });
    }
}

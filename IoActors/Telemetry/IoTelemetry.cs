using System;
using System.Diagnostics.CodeAnalysis;

namespace Akka.IoActors.Telemetry;

/// <summary>Whether there is telemetry at all.</summary>
internal static class IoTelemetry
{
    /// <summary>The switch, for <c>runtimeconfig.json</c> or <see cref="AppContext.SetSwitch"/> before the first use.</summary>
    internal const string Switch = "Akka.IoActors.Telemetry.IsSupported";

    /// <summary>
    /// True unless the switch says otherwise. A constant for the compiler: what it guards is not compiled, and a trimmer that is told
    /// (<c>RuntimeHostConfigurationOption</c> with <c>Trim="true"</c>) leaves it out.
    /// </summary>
    [FeatureSwitchDefinition(Switch)]
    internal static bool IsSupported { get; } = !AppContext.TryGetSwitch(Switch, out var isSupported) || isSupported;
}

using FuseSharp.Models;
using FuseSharp.Progress;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Pipeline;

/// <summary>Where a run works and who is told of it; nothing here decides its result but the device's number type.</summary>
public sealed record FusionRunOptions
{
    /// <summary>Where models run: cpu, cuda or cuda:N.</summary>
    public string Device { get; init; } = ModelDevice.Processor;

    /// <summary>Gets every step's progress, and warnings.</summary>
    public IProgressReporter Progress { get; init; } = SilentProgress.Instance;

    /// <summary>The processes that run it together, each all of it.</summary>
    public IProcessGroup Ranks { get; init; } = SingleProcess.Instance;

    /// <summary>Whether finished shards are checked and damaged ones made again.</summary>
    public bool Repairs { get; init; }
}

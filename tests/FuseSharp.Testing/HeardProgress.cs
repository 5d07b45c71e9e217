using FuseSharp.Progress;

namespace FuseSharp.Testing;

/// <summary>Keeps what a stage says, line by line; bars are not shown.</summary>
/// <param name="lines">Gets them.</param>
public sealed class HeardProgress(List<string> lines) : IProgressReporter
{
    /// <inheritdoc/>
    public IProgressTask Start(string name, long total, string unit) => SilentProgress.Instance.Start(name, total, unit);

    /// <inheritdoc/>
    public void Say(string line) => lines.Add(line);

    /// <inheritdoc/>
    public void Result(string line) => lines.Add(line);
}

namespace FuseSharp.Evaluation.Code;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Of the program; null where it was stopped.</param>
/// <param name="Output">The beginning of what it wrote to both its outputs.</param>
public sealed record SandboxResult(int? ExitCode, string Output)
{
    /// <summary>Why it was stopped: its time was up, or all its processes together took too much memory; null where it ended by itself.</summary>
    public string? Stopped { get; init; }

    /// <summary>Whether it ended in time and without a fault.</summary>
    public bool IsSuccess => ExitCode == 0;
}

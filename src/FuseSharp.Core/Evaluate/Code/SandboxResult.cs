namespace FuseSharp.Core.Evaluate.Code;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Of the program; null where its time was up.</param>
/// <param name="Output">The beginning of what it wrote to both its outputs.</param>
public sealed record SandboxResult(int? ExitCode, string Output)
{
    /// <summary>Whether it ended in time and without a fault.</summary>
    public bool IsSuccess => ExitCode == 0;
}

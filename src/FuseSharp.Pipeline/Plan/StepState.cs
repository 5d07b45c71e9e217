namespace FuseSharp.Pipeline.Plan;

/// <summary>What a run would do about a step.</summary>
/// <param name="Step">Which.</param>
/// <param name="Text">up to date, missing, or: again, with the reason.</param>
public sealed record StepState(FusionStep Step, string Text)
{
    internal const string UpToDate = "up to date";
    internal const string Missing = "missing";
    internal const string Again = "again";

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsUpToDate => Text == UpToDate;

    /// <summary>Whether a finished output is replaced.</summary>
    public bool IsAgain => Text.StartsWith(Again, StringComparison.Ordinal);
}

namespace FuseSharp.Pipeline.Compare;

/// <summary>Whether fusion helped.</summary>
public enum VerdictOutcome
{
    /// <summary>The fused model is clearly better than training without fusion.</summary>
    Helped,

    /// <summary>The difference is less than two standard errors.</summary>
    NoClearDifference,

    /// <summary>It is clearly worse.</summary>
    DidNotHelp,

    /// <summary>There is no training without fusion beside it.</summary>
    Unknown,
}

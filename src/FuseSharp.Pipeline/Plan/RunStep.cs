namespace FuseSharp.Pipeline.Plan;

/// <summary>What a run would do about one stage's output.</summary>
/// <param name="Stage">Such as <c>represent</c>.</param>
/// <param name="What">What it is made of, for people; empty where the stage makes only one thing.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="State">up to date, missing, or: again, with the reason.</param>
public sealed record RunStep(string Stage, string What, string Folder, string State)
{
    /// <summary>Nothing is to be done.</summary>
    public const string UpToDate = "up to date";

    /// <summary>It is not there yet.</summary>
    public const string Missing = "missing";

    /// <summary>How those behind it call it.</summary>
    public string Name => What.Length == 0 ? Stage : $"{Stage} {What}";
}

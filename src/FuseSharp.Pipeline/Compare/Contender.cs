namespace FuseSharp.Pipeline.Compare;

/// <summary>A row of the comparison: what it is and where it is made and measured.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">What tables call it.</param>
/// <param name="Entries">One, or one for each seed of a training.</param>
public sealed record Contender(ContenderKind Kind, string Name, IReadOnlyList<ContenderEntry> Entries);

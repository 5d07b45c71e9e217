namespace FuseSharp.Pipeline.Compare;

/// <summary>A row that a recipe asks for and that its models do not allow.</summary>
/// <param name="Name">What tables would call it.</param>
/// <param name="Why">The reason, for a reader.</param>
public sealed record SkippedModel(string Name, string Why);

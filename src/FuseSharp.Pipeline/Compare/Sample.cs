namespace FuseSharp.Pipeline.Compare;

/// <summary>What a model wrote.</summary>
/// <param name="Prompt">What it went on from.</param>
/// <param name="Continuation">Without the prompt.</param>
public sealed record Sample(string Prompt, string Continuation);

namespace FuseSharp.Fusion.Conversations;

/// <summary>The chat template by which a model reads conversations.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Source">The template, Jinja.</param>
public sealed record NamedTemplate(string Model, string Source);

namespace FuseSharp.Models.Configuration;

/// <summary>A family of models that can be loaded.</summary>
/// <param name="Name">As people call it, and documents.</param>
/// <param name="Architecture">In <c>architectures</c> of config.json.</param>
/// <param name="ModelType">In <c>model_type</c>, for files that name no architecture.</param>
public sealed record ModelFamily(string Name, string Architecture, string ModelType);

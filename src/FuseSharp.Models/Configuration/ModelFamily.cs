namespace FuseSharp.Models.Configuration;

/// <summary>A family of models that can be loaded.</summary>
/// <param name="Name">As people call it, and documents.</param>
/// <param name="Architecture">In <c>architectures</c> of config.json.</param>
/// <param name="ModelType">In <c>model_type</c>, for files that name no architecture.</param>
/// <param name="IsTied">Whether the head is the embedding where <c>tie_word_embeddings</c> does not say it.</param>
public sealed record ModelFamily(string Name, string Architecture, string ModelType, bool IsTied = false);

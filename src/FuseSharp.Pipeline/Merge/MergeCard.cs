using FuseSharp.Files;
using FuseSharp.Options;
using FuseSharp.Pipeline.Cards;

namespace FuseSharp.Pipeline.Merge;

/// <summary>The card of a merge.</summary>
internal static class MergeCard
{
    /// <summary>Of a merge.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="options">What was merged and how.</param>
    public static ModelCard Create(string name, MergeOptions options)
    {
        string[] models = [.. options.Models.Select(m => m.Model), .. options.BaseModel is { } root ? [root] : Array.Empty<string>()];
        return new ModelCard(name, [.. models.Distinct().Select(ModelOrigin.Read)], [])
        {
            Paragraphs = [$"{string.Join(", ", options.Models.Select(m => ModelName.FromPath(m.Model)))}, merged by {OptionRange.KeyOf(options.MergeMethod.ToString())}{(options.BaseModel is { } model ? $" from {ModelName.FromPath(model)}" : "")} with {ModelCard.Program}: no training."],
        };
    }
}

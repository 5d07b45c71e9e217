using FuseSharp.Files;
using FuseSharp.Options;
using FuseSharp.Pipeline.Cards;
using FuseSharp.Pipeline.Merge.Configuration;

namespace FuseSharp.Pipeline.Merge;

/// <summary>The card of a merge.</summary>
internal static class MergeCard
{
    /// <summary>Of a merge.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="options">What was merged and how.</param>
    public static ModelCard Create(string name, MergeOptions options)
    {
        return new ModelCard(name, [.. options.AllModels.Select(ModelOrigin.Read)], [])
        {
            Paragraphs = [$"{string.Join(", ", options.Parts.SelectMany(p => p.Sources).Select(s => ModelName.FromPath(s.Model)).Distinct())}, merged by {OptionRange.KeyOf(options.MergeMethod.ToString())}{(options.Base is { } model ? $" from {ModelName.FromPath(model)}" : "")} with {ModelCard.Program}: no training."],
        };
    }
}

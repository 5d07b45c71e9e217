using FuseSharp.Models.Configuration;
using FuseSharp.Testing;

namespace FuseSharp.Models.Tests.Families;

/// <summary>Weights on which a family has been seen to answer rightly: goldens with transformers' answers, and real ones.</summary>
/// <param name="Shown">How documents call them.</param>
/// <param name="Config">Of the model.</param>
/// <param name="HasLogits">Whether transformers' logits lie beside them.</param>
/// <param name="HasGradients">Whether transformers' gradients do.</param>
/// <param name="IsReal">Whether somebody trained them on texts.</param>
internal sealed record FamilyWeights(string Shown, ModelConfig Config, bool HasLogits, bool HasGradients, bool IsReal)
{
    /// <summary>All that are here, real ones last; goldens that say no more than another (shards, types, pickles) are left out.</summary>
    public static List<FamilyWeights> Find()
    {
        var goldens = new[] { "models", "families" }.SelectMany(set => GoldenSet.FoldersIn(set).Where(f => GoldenSet.Has(set, f, "golden.safetensors")).Select(f => new FamilyWeights(
            $"`{f}`", ModelConfig.Read(GoldenSet.Path(set, f)), HasLogits: true, GoldenSet.Has(set, f, "golden_gradients.safetensors"), IsReal: false)));
        var demos = Directory.EnumerateDirectories(Path.Combine(GoldenFile.Repository, "assets", "models")).Order(StringComparer.Ordinal)
            .Select(f => Real($"the demo's {Path.GetFileName(f)}", f));
        var downloaded = Directory.EnumerateFiles(SharedData.Path("data", "models"), "*.gguf", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => Real(Path.GetFileNameWithoutExtension(f), f));
        return [.. goldens, .. demos, .. downloaded];
    }

    private static FamilyWeights Real(string shown, string path) => new($"**{shown}**", ModelConfig.Read(path), HasLogits: false, HasGradients: false, IsReal: true);
}

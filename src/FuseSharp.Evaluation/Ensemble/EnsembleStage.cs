using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Models.Scoring;
using FuseSharp.Storage.Artifacts;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Ensemble;

/// <summary>Stage 7 for several models together: × the test texts → bits per byte in every domain.</summary>
public static class EnsembleStage
{
    /// <summary>Runs the stage.</summary>
    /// <param name="models">Folders or GGUF files, the target first.</param>
    /// <param name="weights">Of each model; empty for equal ones.</param>
    /// <param name="open">Loads them; called only where there is work to do.</param>
    /// <param name="texts">Output of the split stage; its test split is read.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    /// <param name="type">Working type of the models that are loaded: part of the key.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets bytes; its cancellation ends the stage between two chunks of positions.</param>
    public static void Run(
        IReadOnlyList<string> models, IReadOnlyList<double> weights, Func<ModelEnsemble> open, string texts, int window, ScalarType type, string folder,
        StageContext context)
    {
        var key = KeyOf(models, weights, Manifest.Read(texts).Key, window, type) with { Paths = [.. models, texts] };
        EvaluateStage.Run(key, "ensemble", () => new EnsembleBitsPerByte(open(), window), texts, folder, context);
    }

    /// <summary>What decides the figures; reads the models' files.</summary>
    /// <param name="models">Folders or GGUF files, the target first.</param>
    /// <param name="weights">Of each model; empty for equal ones.</param>
    /// <param name="texts">Key of the split stage's output.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    /// <param name="type">Working type.</param>
    public static StageKey KeyOf(IReadOnlyList<string> models, IReadOnlyList<double> weights, string texts, int window, ScalarType type)
        => StageKey.Create("ensemble", 3, new { window, dtype = WorkingType.NameOf(type) },
            [("texts", texts), .. ModelEnsemble.Members(models, weights).Select((m, i) => (FormattableString.Invariant($"model {i}"), m.Fingerprint))]);
}

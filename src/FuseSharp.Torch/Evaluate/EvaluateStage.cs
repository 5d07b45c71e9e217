using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Ranks;
using FuseSharp.Core.Records;
using FuseSharp.Core.Texts;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Torch.Evaluate;

/// <summary>Stage 7: a model × the test texts → bits per byte in every domain.</summary>
public static class EvaluateStage
{
    /// <summary>Runs the stage for one model.</summary>
    /// <param name="load">Loads the model; called only where there is work to do.</param>
    /// <param name="path">The model's folder, whose fingerprint is part of the key.</param>
    /// <param name="texts">Output of the split stage; its test split is read.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="progress">Gets windows.</param>
    /// <param name="cancellation">Ends the stage between two batches.</param>
    /// <param name="ranks">Who reads, each some of the texts; all call this. Null for this process alone.</param>
    /// <returns>The result of each domain, in the order of the texts.</returns>
    public static IReadOnlyDictionary<string, BitsPerByteResult> Run(
        Func<LanguageModel> load, string path, string texts, int window, string folder, IProgressReporter progress, CancellationToken cancellation,
        IRanks? ranks = null)
    {
        var key = StageKey.Of("evaluate", 1, new { window }, ("model", LanguageModel.Fingerprint(path)), ("texts", Manifest.Read(texts).Key));
        var manifest = StageFolder.Make(folder, key, progress, _ =>
        {
            using var model = load();
            var figures = new Dictionary<string, double>();
            using var bar = progress.Start($"evaluate {model.Name}", 0, "windows");
            var measure = new BitsPerByte(model, window, ranks);
            foreach (var domain in new TextBlockFiles(texts, DataSplit.Test).Read().GroupBy(t => t.Domain))
            {
                Write(figures, domain.Key, measure.Measure([.. domain.Select(t => t.Text)], n => bar.Advance(n), cancellation));
            }

            return figures;
        }, ranks);
        return Read(manifest.Figures);
    }

    private static void Write(Dictionary<string, double> figures, string domain, BitsPerByteResult result)
    {
        figures[$"{domain}/bits_per_byte"] = result.BitsPerByte;
        figures[$"{domain}/standard_error"] = result.StandardError;
        figures[$"{domain}/perplexity_per_token"] = result.PerplexityPerToken;
        figures[$"{domain}/bytes"] = result.Bytes;
        figures[$"{domain}/tokens"] = result.Tokens;
    }

    private static Dictionary<string, BitsPerByteResult> Read(IReadOnlyDictionary<string, double> figures)
        => figures.Keys.Select(k => k[..k.LastIndexOf('/')]).Distinct().ToDictionary(d => d, d => new BitsPerByteResult(
            figures[$"{d}/bits_per_byte"], figures[$"{d}/standard_error"], figures[$"{d}/perplexity_per_token"], (long)figures[$"{d}/bytes"], (long)figures[$"{d}/tokens"]));
}

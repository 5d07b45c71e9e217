using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;
using FuseSharp.Storage.Texts;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Evaluate;

/// <summary>Stage 7: a model × the test texts → bits per byte in every domain.</summary>
public static class EvaluateStage
{
    private const double LargestFigure = 1e15;
    private const string TextsFile = "texts.json"; // the costs of single texts, domain by domain

    /// <summary>Runs the stage for one model.</summary>
    /// <param name="load">Loads the model; called only where there is work to do.</param>
    /// <param name="path">The model's folder, whose fingerprint is part of the key.</param>
    /// <param name="texts">Output of the split stage; its test split is read.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    /// <param name="type">Working type of the model that is loaded: part of the key.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets bytes; its cancellation ends the stage between two batches.</param>
    /// <returns>The result of each domain, in the order of the texts.</returns>
    public static IReadOnlyDictionary<string, BitsPerByteResult> Run(
        Func<LanguageModel> load, string path, string texts, int window, ScalarType type, string folder, StageContext context)
    {
        var key = KeyOf(path, Manifest.Read(texts).Key, window, type) with { Paths = [path, texts] };
        return Run(key, Path.GetFileName(folder), () => Open(load(), texts, window, context.Ranks), texts, folder, context);
    }

    /// <summary>Measures a model on texts, which it reads as the split stage settled it.</summary>
    /// <param name="model">Disposed with the measure.</param>
    /// <param name="texts">Output of the split stage.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    /// <param name="ranks">Who reads.</param>
    internal static BitsPerByte Open(LanguageModel model, string texts, int window, IProcessGroup ranks)
        => new(model, window, ranks, PieceEncoder.Open(texts, model.Name, model.Path, model.Tokenizer));

    /// <summary>What decides the figures; reads the model's files.</summary>
    /// <param name="path">The model's folder.</param>
    /// <param name="texts">Key of the split stage's output.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    /// <param name="type">Working type.</param>
    public static StageKey KeyOf(string path, string texts, int window, ScalarType type)
        => StageKey.Create("evaluate", 4, new { window, dtype = WorkingType.NameOf(type) }, ("model", LanguageModel.Fingerprint(path)), ("texts", texts));

    /// <summary>What decides the figures of a model that runs elsewhere.</summary>
    /// <param name="server">What the model is called there.</param>
    /// <param name="mark">What it is known by.</param>
    /// <param name="tokenizer">Fingerprint of its tokenizer.</param>
    /// <param name="texts">Key of the split stage's output.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    public static StageKey KeyOf(string server, string mark, string tokenizer, string texts, int window)
        => StageKey.Create("evaluate", 4, new { window, server }, ("model", mark), ("tokenizer", tokenizer), ("texts", texts));

    /// <summary>Runs the stage for whatever can measure texts.</summary>
    /// <param name="key">What decides the figures.</param>
    /// <param name="name">What the progress bar is called.</param>
    /// <param name="open">Opens the measure; called only where there is work to do.</param>
    /// <param name="texts">Output of the split stage; its test split is read.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets bytes; its cancellation ends the stage between two batches.</param>
    public static IReadOnlyDictionary<string, BitsPerByteResult> Run(
        StageKey key, string name, Func<ITextMeasure> open, string texts, string folder, StageContext context)
    {
        var (progress, cancellation) = context;
        var ranks = context.Ranks;
        StageDirectory.Make(folder, key, progress, partial =>
        {
            using var measure = open();
            var learned = ConversationReading.Read(Manifest.Read(texts))?.TrainOn ?? LearnedTurns.Answers;
            var domains = new TextPieceFiles(texts, DataSplit.Test).Read().GroupBy(t => t.Domain, t => MeasuredText.FromPiece(t, learned)).Select(d => (d.Key, Texts: d.ToArray())).ToList();
            using var bar = progress.Start($"evaluate {name}", domains.Sum(d => d.Texts.Sum(t => t.Bytes)), "bytes");
            var results = new Dictionary<string, BitsPerByteResult>();
            foreach (var (domain, held) in domains.Where(d => d.Texts.Any(t => t.Bytes > 0))) // answers that call tools alone have no bytes
            {
                results[domain] = measure.Measure(held, n => bar.Advance(n), cancellation);
            }

            bar.Complete();
            if (ranks.Rank == 0)
            {
                File.WriteAllText(Path.Combine(partial, TextsFile), JsonSerializer.Serialize(results.ToDictionary(r => r.Key, r => r.Value.Texts), ArtifactJson.Line));
            }

            return Figures(results);
        }, ranks);
        return Read(folder);
    }

    /// <summary>Reads a finished output.</summary>
    /// <param name="folder">The stage's folder.</param>
    /// <returns>The result of each domain, in the order of the texts.</returns>
    public static IReadOnlyDictionary<string, BitsPerByteResult> Read(string folder)
    {
        var figures = Manifest.Read(folder).Figures;
        var texts = ArtifactJson.Read<Dictionary<string, TextCosts>>(Path.Combine(folder, TextsFile));
        return texts.ToDictionary(t => t.Key, t => Result(figures, t.Key, t.Value));
    }

    private static BitsPerByteResult Result(IReadOnlyDictionary<string, double> figures, string domain, TextCosts texts)
    {
        double Figure(string name) => figures.TryGetValue($"{domain}/{name}", out double value) && !(Math.Abs(value) > LargestFigure) ? value
            : throw new ArtifactException($"The manifest of an 'evaluate' output lacks the figure '{domain}/{name}', or it is out of any range. Run the stage again.");

        return new(Figure("bits_per_byte"), figures.ContainsKey($"{domain}/standard_error") ? Figure("standard_error") : double.NaN, Figure("perplexity_per_token"), (long)Figure("bytes"), (long)Figure("tokens")) { Texts = texts };
    }

    private static Dictionary<string, double> Figures(Dictionary<string, BitsPerByteResult> results)
    {
        var figures = new Dictionary<string, double>();
        foreach (var (domain, result) in results)
        {
            figures[$"{domain}/bits_per_byte"] = result.BitsPerByte;
            if (double.IsFinite(result.StandardError)) // JSON has no word for what is not known
            {
                figures[$"{domain}/standard_error"] = result.StandardError;
            }

            figures[$"{domain}/perplexity_per_token"] = result.PerplexityPerToken;
            figures[$"{domain}/bytes"] = result.Bytes;
            figures[$"{domain}/tokens"] = result.Tokens;
        }

        return figures;
    }
}

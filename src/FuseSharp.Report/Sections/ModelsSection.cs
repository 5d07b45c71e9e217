using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Report.Content;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;


namespace FuseSharp.Report.Sections;

/// <summary>What was fused from what.</summary>
internal static class ModelsSection
{
    // As many digits as commits are called by.
    private const int FingerprintDigits = 12;

    /// <summary>Reads it; models that are no longer where the recipe names them are missing.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        RecipeModel[] models = [.. run.Recipe.Models];
        var result = run.Compared.Result;
        string made = result.Runs[0].Model!;
        return new ReportSection("models", "What was fused from what")
        {
            Paragraphs = ["The target is the model that learns; the sources are those it learns from, itself among them. Fingerprints are SHA-256 over a model's files (of large ones: samples) and over everything that decides a tokenizer's ids."],
            Tables =
            [
                new ReportTable("Models, tokenizers and sizes", ["model", "role", "architecture", "weights", "context", "tokenizer", "tokens", "files' fingerprint", "tokenizer's fingerprint"],
                [
                    .. models.Select((m, i) => m.HasWeights ? RowOf(m.Files, i == 0 ? "target" : "source", isMain: false) : RowOf(m)),
                    .. Directory.Exists(made) ? [RowOf(made, result.Name, isMain: true)] : Array.Empty<ReportRow>(),
                ]) { IsText = true },
            ],
            Missing = [.. models.Select(m => m.Files).Where(m => !Directory.Exists(m) && !File.Exists(m)).Select(m => $"'{m}' is no longer there: its size and fingerprint are missing.")],
        };
    }

    // Of a model behind a server the tokenizer is known, and the name: where the server stands is nobody's business.
    private static ReportRow RowOf(RecipeModel served)
    {
        var tokenizer = RunArtifacts.Found(() => TokenizerFolder.Load(served.Files));
        return new ReportRow(
        [
            served.Name, "source", $"behind a server, as {served.Model}", Shown.Nothing, Shown.Nothing, FamilyOf(tokenizer),
            tokenizer is null ? Shown.Nothing : Shown.Count(tokenizer.Vocabulary.Count), Shown.Nothing, tokenizer?.Fingerprint[..FingerprintDigits] ?? Shown.Nothing,
        ]);
    }

    private static string FamilyOf(ITokenizer? tokenizer)
        => tokenizer?.Family switch { TokenizerFamily.SentencePiece => "SentencePiece", TokenizerFamily.ByteLevel => "byte-level BPE", _ => Shown.Nothing };

    private static ReportRow RowOf(string path, string role, bool isMain)
    {
        var config = RunArtifacts.Found(() => ModelConfig.Read(path));
        var counts = RunArtifacts.Found(() => ModelCounts.Count(path));
        var tokenizer = RunArtifacts.Found(() => TokenizerFolder.Load(path));
        return new ReportRow(
        [
            ModelName.FromPath(path), role, config?.Architecture ?? Shown.Nothing, counts is null ? Shown.Nothing : Shown.Large(counts.Weights),
            config is null ? Shown.Nothing : Shown.Count(config.ContextLength),
            FamilyOf(tokenizer),
            tokenizer is null ? Shown.Nothing : Shown.Count(tokenizer.Vocabulary.Count),
            RunArtifacts.Found(() => LanguageModel.Fingerprint(path))?[..FingerprintDigits] ?? Shown.Nothing,
            tokenizer?.Fingerprint[..FingerprintDigits] ?? Shown.Nothing,
        ], isMain);
    }
}

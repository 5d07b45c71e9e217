using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Scoring;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Compare;

/// <summary>What a model makes of some prompts, for readers: its answers stand beside the other models' in the report.</summary>
public static class SampleStage
{
    private const string SamplesFile = "samples.json";

    // Long enough to say what the text is about, short enough to be read.
    private const int PromptCharacters = 60;

    /// <summary>The recipe's prompt, then the first words of test documents, a document of each domain in turn.</summary>
    /// <param name="texts">Output of the split stage.</param>
    /// <param name="prompt">The recipe's; empty for none.</param>
    /// <param name="count">Prompts from documents.</param>
    public static IReadOnlyList<SamplePrompt> Prompts(string texts, string prompt, int count)
    {
        var domains = new TextPieceFiles(texts, DataSplit.Test).Read().GroupBy(t => t.Domain).Select(d => d.Take(count).Select(PromptOf).ToList()).ToList();
        var turns = Enumerable.Range(0, count).SelectMany(i => domains.Where(d => i < d.Count).Select(d => d[i]));
        return [.. prompt.Length > 0 ? [new(prompt)] : Array.Empty<SamplePrompt>(), .. turns.Take(count)];
    }

    /// <summary>Runs the stage for one model.</summary>
    /// <param name="load">Loads the model; called only where there is work to do.</param>
    /// <param name="path">The model's folder, whose fingerprint is part of the key.</param>
    /// <param name="texts">Output of the split stage, which says how the model reads conversations.</param>
    /// <param name="prompts">What it goes on from.</param>
    /// <param name="options">How; its own prompt is not used.</param>
    /// <param name="type">Working type of the model that is loaded: part of the key.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets prompts; its cancellation ends the stage between two tokens.</param>
    public static void Run(
        Func<LanguageModel> load, string path, string texts, IReadOnlyList<SamplePrompt> prompts, GenerateOptions options, ScalarType type, string folder, StageContext context)
    {
        var (progress, cancellation) = context;
        var key = KeyOf(path, prompts, options, type) with { Paths = [path] };
        StageDirectory.Make(folder, key, progress, partial =>
        {
            using var model = load();
            using var bar = progress.Start($"generate {Path.GetFileName(folder)}", prompts.Count, "prompts");
            var samples = new List<Sample>();
            var encoder = new Lazy<PieceEncoder>(() => PieceEncoder.Open(texts, model.Name, model.Path, model.Tokenizer));
            foreach (var (prompt, asked) in prompts)
            {
                var generator = new TextGenerator(model, options with { Prompt = prompt });
                samples.Add(new(prompt, asked is null ? generator.Generate(cancellation)
                    : generator.Generate(model.PromptIds(encoder.Value.Conversations!.Question(asked), isConversation: true), cancellation)));
                bar.Advance(1);
            }

            bar.Complete();
            File.WriteAllText(Path.Combine(partial, SamplesFile), JsonSerializer.Serialize(samples, ArtifactJson.Options) + "\n");
            return new Dictionary<string, double> { ["prompts"] = prompts.Count };
        });
    }

    /// <summary>What decides the samples; reads the model's files.</summary>
    /// <param name="path">The model's folder.</param>
    /// <param name="prompts">What it goes on from.</param>
    /// <param name="options">How.</param>
    /// <param name="type">Working type.</param>
    public static StageKey KeyOf(string path, IReadOnlyList<SamplePrompt> prompts, GenerateOptions options, ScalarType type)
        => StageKey.Create("samples", 2, new { prompts = prompts.Select(p => p.Asked is null ? p.Text : new Conversation(p.Asked).ToJson()), options = options with { Prompt = "" }, dtype = WorkingType.NameOf(type) }, ("model", LanguageModel.Fingerprint(path)));

    /// <summary>Reads a finished output.</summary>
    /// <param name="folder">The stage's folder.</param>
    public static IReadOnlyList<Sample> Read(string folder)
        => ArtifactJson.Read<List<Sample>>(Path.Combine(folder, SamplesFile));

    private static SamplePrompt PromptOf(TextPiece piece)
    {
        if (piece.Conversation is not { Messages: var messages })
        {
            return new(FirstWords(piece.Text));
        }

        int answer = messages.ToList().FindIndex(m => m.IsAnswer);
        return new(messages.Take(answer).LastOrDefault(m => m.Role == "user")?.Content ?? "", [.. messages.Take(answer)]);
    }

    private static string FirstWords(string text)
    {
        string start = text.TrimStart();
        int end = start.Length <= PromptCharacters ? -1 : start.LastIndexOfAny([' ', '\n'], PromptCharacters);
        return end > 0 ? start[..end] : new string([.. start.Take(PromptCharacters).Where((c, i) => i < PromptCharacters - 1 || !char.IsHighSurrogate(c))]);
    }
}

using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Scoring;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Write;

/// <summary>Before stage 1: models → training texts that they write themselves, a file for each.</summary>
/// <remarks>
/// What a model writes is drawn from what it knows: on such texts its distributions teach best (docs/experiments.md). Every document has a draw of its own, seeded by its number; which are
/// taken is decided in the order of the numbers. So the texts depend neither on the batch nor on interruptions. Finished documents are kept one by one.
/// </remarks>
public static class WriteStage
{
    private static readonly string[] _reasons = ["empty", "loops", "duplicates", "copies"];

    private const string Ending = ".jsonl";
    private const int BatchSize = 32;
    private const int MostAtOnce = 4096; // documents in memory that are not judged yet
    private const int Patience = 4;      // times as many documents as are wanted
    private const int FirstPatience = 256;

    /// <summary>Runs the stage.</summary>
    /// <param name="writers">Folders or GGUF files, each of another name.</param>
    /// <param name="load">Loads one; called only where there is work to do.</param>
    /// <param name="options">What each writes.</param>
    /// <param name="prompts">How documents begin, as in <see cref="TextEntry.Prompts"/>.</param>
    /// <param name="known">Texts of which no long passage may be repeated, by name of the domain.</param>
    /// <param name="type">Working type of the models that are loaded: part of the key.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets documents; its cancellation ends the stage between two tokens.</param>
    /// <exception cref="ModelException">A model writes hardly anything that can be used.</exception>
    public static Manifest Run(
        IReadOnlyList<string> writers, Func<string, LanguageModel> load, WriteOptions options, string? prompts, IReadOnlyDictionary<string, TextEntry> known, ScalarType type, string folder,
        StageContext context)
    {
        var key = KeyOf(writers, options, prompts, known, type) with { Paths = [.. writers] };
        return StageDirectory.Make(folder, key, context.Progress, partial =>
        {
            var passages = Remember(known);
            var beginnings = WritePrompts.Read(prompts, known);
            var figures = new Dictionary<string, double>();
            foreach (string writer in writers)
            {
                string name = ModelName.FromPath(writer);
                string file = Path.Combine(partial, name + Ending);
                using var journal = new JsonJournal<WrittenText>(file + ".journal", key.Hash, ArtifactJson.Line);
                using var model = load(writer);
                var texts = journal.Keep("documents", () => Write(model, options, beginnings, passages, journal, context), context.Cancellation);
                Durable.WriteText(file, string.Concat(texts.Texts.Select(t => JsonSerializer.Serialize(new { text = t, writer = name }, ArtifactJson.Line) + "\n")));
                journal.Remove();
                foreach (var (figure, value) in texts.Figures)
                {
                    figures[$"{name}.{figure}"] = value;
                }
            }

            return figures;
        });
    }

    /// <summary>What decides the texts; reads the models' and the known texts' files.</summary>
    /// <param name="writers">Folders or GGUF files.</param>
    /// <param name="options">What each writes.</param>
    /// <param name="prompts">How documents begin.</param>
    /// <param name="known">Texts of which no long passage may be repeated.</param>
    /// <param name="type">Working type.</param>
    public static StageKey KeyOf(IReadOnlyList<string> writers, WriteOptions options, string? prompts, IReadOnlyDictionary<string, TextEntry> known, ScalarType type)
        => StageKey.Create("write", 1, new { options, dtype = WorkingType.NameOf(type) },
            [.. writers.Select(w => ($"model {ModelName.FromPath(w)}", LanguageModel.Fingerprint(w))), ("prompts", WritePrompts.Fingerprint(prompts, known)), .. known.Select(k => ($"known.{k.Key}", DomainTexts.Fingerprint(k.Value)))]);

    /// <summary>The texts in a finished output.</summary>
    /// <param name="folder">The stage's folder.</param>
    /// <returns>A pattern, as recipes have it.</returns>
    public static string TextsIn(string folder) => Path.Combine(folder, "*" + Ending);

    private static WrittenTexts Write(LanguageModel model, WriteOptions options, IReadOnlyList<string> beginnings, KnownTexts known, JsonJournal<WrittenText> journal, StageContext context)
    {
        var texts = new WrittenTexts(options, model.Tokenizer, known);
        var written = journal.Known.ToDictionary(w => w.Number);
        var generator = new TextGenerator(model, options.Draw);
        string Beginning(int number) => beginnings.Count == 0 ? "" : beginnings[number % beginnings.Count];
        using var bar = context.Progress.Start($"write {model.Name}", 0, "documents");
        bar.Skip(written.Count);
        for (int next = 0; !texts.IsFull;)
        {
            if (next >= FirstPatience && next > Patience * (texts.Texts.Count + texts.Wanted(MostAtOnce)))
            {
                throw new ModelException($"{model.Name} wrote {Said(texts)}. Give it prompts, another temperature or more max_tokens, or let other models write.");
            }

            int end = next + texts.Wanted(MostAtOnce);
            var open = Enumerable.Range(next, end - next).Where(n => !written.ContainsKey(n)).Select(n => (n, model.PromptIds(Beginning(n)))).ToList();
            generator.Generate(open, BatchSize, (number, done) =>
            {
                written[number] = new WrittenText(number, Beginning(number), done.Text, done.Finish!.Value);
                journal.Add(written[number]);
                bar.Advance(1);
            }, context.Cancellation);
            for (; next < end && !texts.IsFull; next++)
            {
                texts.Add(written[next]);
                written.Remove(next);
            }
        }

        bar.Complete();
        context.Progress.Say($"{model.Name} wrote {Said(texts)}");
        return texts;
    }

    private static string Said(WrittenTexts texts)
    {
        var figures = texts.Figures;
        string[] left = [.. _reasons.Where(k => figures[$"left_out.{k}"] > 0).Select(k => FormattableString.Invariant($"{figures[$"left_out.{k}"]:N0} {k}"))];
        return FormattableString.Invariant($"{figures["written"]:N0} documents, of which {figures["documents"]:N0} were taken, {figures["bytes"]:N0} bytes{(left.Length > 0 ? $"; left out: {string.Join(", ", left)}" : "")}");
    }

    private static KnownTexts Remember(IReadOnlyDictionary<string, TextEntry> known)
    {
        var passages = new KnownTexts();
        foreach (var document in known.Values.SelectMany(e => Enum.GetValues<DataSplit>().SelectMany(s => DomainTexts.Read(e, s))).Where(d => d.Error is null))
        {
            passages.Add(document.Text);
        }

        return passages;
    }
}

using System.CommandLine;
using System.Globalization;
using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Cli.Commands;

internal static class InspectCommand
{
    // Candidates shown of a position.
    private const int Shown = 5;

    // Of a fingerprint.
    private const int ShownDigits = 12;

    public static Command Create()
    {
        var path = new Argument<string>("path") { Description = "Output folder of any stage." };
        var tokenizer = CommonOptions.TokenizerPath("--tokenizer", "Folder of the model whose ids are shown as tokens; without it ids are shown as numbers.");
        var rows = new Option<int>("--rows") { Description = "Documents, blocks or positions to show.", DefaultValueFactory = _ => 20 };
        var command = new Command("inspect", "Shows any stage's output as readable text.") { path, tokenizer, rows };
        var alignment = new InspectAlignment();
        alignment.AddTo(command);
        command.SetAction(parsed =>
        {
            string folder = parsed.GetRequiredValue(path);
            var manifest = ManifestOf(folder);
            ShowManifest(manifest);
            ShowShards(manifest);
            if (manifest.Stage == "align" && alignment.TryShow(parsed, folder, manifest))
            {
                return 0;
            }

            var names = parsed.GetValue(tokenizer) is { } model ? Fitting(TokenizerFolder.Load(model), model, manifest) : null;
            var candidates = alignment.TargetOf(parsed) is { } target ? FittingTarget(TokenizerFolder.Load(target), target, manifest) : null;
            foreach (string line in Lines(folder, manifest, names, candidates).Take(parsed.GetValue(rows)))
            {
                Console.WriteLine(line);
            }

            return 0;
        });
        return command;
    }

    // What else people point at.
    private static Manifest ManifestOf(string path)
    {
        string? otherwise = File.Exists(path) ? "a file; name the folder of a stage's output"
            : !Directory.Exists(path) ? null
            : File.Exists(new RunFolder(path).EffectiveRecipe) ? $"the folder of a run: name one of its stages ({string.Join(", ", Directory.EnumerateDirectories(path).Select(Path.GetFileName).Order(StringComparer.Ordinal))}), or open its report.html"
            : File.Exists(Path.Combine(path, "config.json")) && !File.Exists(Path.Combine(path, Manifest.FileName)) ? "a model that no stage made: ask it with 'generate'"
            : "";
        return otherwise is null ? throw new ArtifactException($"There is nothing at '{path}'. Correct the path.")
            : otherwise.Length > 0 ? throw new ArtifactException($"'{path}' is {otherwise}.")
            : Manifest.Read(path);
    }

    // Ids of another tokenizer would be shown as tokens that nobody wrote.
    private static ITokenizer Fitting(ITokenizer tokenizer, string model, Manifest manifest)
    {
        string? fingerprint = manifest.Inputs.GetValueOrDefault("tokenizer") ?? manifest.Inputs.GetValueOrDefault("target_tokenizer");
        bool fits = fingerprint is not null ? tokenizer.Fingerprint == fingerprint : !manifest.Figures.TryGetValue("vocabulary", out double size) || size == tokenizer.Vocabulary.Count;
        return fits ? tokenizer : throw new ArtifactException($"'{model}' has another tokenizer than the ids of this '{manifest.Stage}' output. Name the {(manifest.Stage is "align" or "pack" ? "target's" : "model that was represented, or its tokenizer's")} folder.");
    }

    // A source's rows that are projected onto a target's vocabulary hold tokens of both.
    private static ITokenizer FittingTarget(ITokenizer tokenizer, string model, Manifest manifest)
        => manifest.Inputs.GetValueOrDefault("target_tokenizer") is not { } fingerprint ? throw new UsageException($"--target names the target of an alignment or of projected rows; this '{manifest.Stage}' output has none. Leave it out.")
            : tokenizer.Fingerprint == fingerprint ? tokenizer
            : throw new ArtifactException($"'{model}' has another tokenizer than the target onto whose vocabulary these rows are projected. Name that target's folder.");

    private static void ShowManifest(Manifest manifest)
    {
        Console.WriteLine($"{manifest.Stage}, made by FuseSharp {manifest.ToolVersion} from {string.Join(", ", manifest.Inputs.Select(i => $"{i.Key}{(i.Value.Length >= ShownDigits && i.Value.All(char.IsAsciiHexDigitLower) ? " " + i.Value[..ShownDigits] : "")}"))}");
        foreach (var (name, value) in manifest.Figures)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name}: {value:0.####}"));
        }
    }

    private static void ShowShards(Manifest manifest)
    {
        if (manifest.Shards is { } shards)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {shards.Count:N0} shards, {shards.Sum(s => s.Bytes) / 1e6:N1} MB"));
            foreach (var document in shards.SelectMany(s => s.LeftOut).Take(Shown))
            {
                Console.WriteLine($"  left out: {document.Reason}");
            }
        }
    }

    private static IEnumerable<string> Lines(string folder, Manifest manifest, ITokenizer? names, ITokenizer? candidates)
        => manifest.Stage switch
        {
            "split" => new TextPieceFiles(folder, DataSplit.Train).Read().Select(b => $"[{b.Id}] {b.Domain}: {b.Text.ReplaceLineEndings(" ↵ ")}"),
            "represent" => RepresentationFiles.Read(folder).SelectMany(r => Positions(r, names, manifest.Inputs.ContainsKey("target_tokenizer") ? candidates : names)),
            "align" => AlignedFiles.Read(folder).SelectMany(a => Rows(a.Id, a.Rows, names)),
            "pack" => Blocks(folder, names),
            "samples" => SampleStage.Read(folder).Select(s => $"{s.Prompt.ReplaceLineEndings(" ↵ ")} → {s.Continuation.ReplaceLineEndings(" ↵ ")}"),
            _ => [],
        };

    private static IEnumerable<string> Positions(Representation document, ITokenizer? names, ITokenizer? candidateNames)
    {
        for (int t = 0; t < document.Ids.Length; t++)
        {
            int start = t * document.Logits.K;
            var candidates = Enumerable.Range(start, Math.Min(Shown, document.Logits.K)).Where(i => document.Logits.Indices[i] >= 0)
                .Select(i => Candidate(document.Logits.Indices[i], Math.Exp((float)document.Logits.Logits[i] - document.Logits.LogNormalizers[t]), candidateNames));
            yield return string.Create(CultureInfo.InvariantCulture, $"[{document.Id}:{t}] {Token(document.Ids[t], names),-16} {(document.Predicts(t) ? string.Create(CultureInfo.InvariantCulture, $"{document.CrossEntropies[t]:F2} nats  next: {string.Join("  ", candidates)}") : "·")}");
        }
    }

    private static IEnumerable<string> Rows(PieceId document, TeacherDistributions rows, ITokenizer? names)
    {
        for (int t = 0; t < rows.Positions; t++)
        {
            var candidates = rows.Probabilities(t).Take(Shown).Select((p, i) => Candidate(rows.Indices[rows.RowStarts[t] + i], p, names));
            yield return $"[{document}:{t}] next: {string.Join("  ", candidates)}";
        }
    }

    private static IEnumerable<string> Blocks(string folder, ITokenizer? names)
    {
        using var blocks = new PackedBlocks(folder);
        for (int i = 0; i < blocks.Count; i++)
        {
            var block = blocks.Read(i);
            yield return $"block {i}: {block.Ids.Length} tokens, documents {string.Join(", ", block.Segments.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Document} ({s.Length} tokens, nats a byte {string.Join("/", s.NatsPerByte.Select(n => n.ToString("F3", CultureInfo.InvariantCulture)))})")))}"
                + (names is null ? "" : $": {names.Decode(block.Ids.AsSpan(0, Math.Min(60, block.Ids.Length))).ReplaceLineEndings(" ↵ ")} …");
        }
    }

    private static string Candidate(int id, double probability, ITokenizer? names)
        => string.Create(CultureInfo.InvariantCulture, $"{Token(id, names)} {probability:P1}");

    private static string Token(int id, ITokenizer? names) => names is null || id < 0 ? id.ToString(CultureInfo.InvariantCulture) : names.Vocabulary[id];
}

using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Stages;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Represent;

/// <summary>Stage 2: <see cref="TextPiece"/> × model → <see cref="Representation"/>, a shard for each shard of texts.</summary>
public static class RepresentStage
{
    /// <summary>Runs the stage, going on at the first missing shard.</summary>
    /// <param name="path">The model: a Hugging Face folder or a GGUF file. Loaded only where there is work to do.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="texts">Output of the split stage; its training texts are read.</param>
    /// <param name="maxLength">Longest sequence, tokens; longer ones are cut.</param>
    /// <param name="options">How.</param>
    /// <param name="output">Where.</param>
    /// <param name="context">Gets pieces; its cancellation ends the stage between two batches.</param>
    /// <param name="target">How the target reads over whose vocabulary rows are written, probabilities summed by its tokens before the largest are kept; null for the model's own tokens.</param>
    /// <exception cref="ModelException">The model gives NaN or infinity, and such documents are not to be left out.</exception>
    public static Manifest Run(
        string path, Device device, string texts, int maxLength, RepresentOptions options, StageOutput output, StageContext context, PieceEncoder? target = null)
    {
        var tokenizer = TokenizerFolder.Load(path);
        string name = ModelName.FromPath(path);
        var encoder = PieceEncoder.Open(texts, name, path, tokenizer);
        StageKey Key(Precision precision) => KeyOf(path, tokenizer, WorkingType.Resolve(precision, device), Manifest.Read(texts).Key, maxLength, options, output.Compression, target, encoder);
        var precision = BegunPrecision.Choose(options.Precision, device, output.OwnFolder, p => Key(p).Hash);
        var type = WorkingType.Resolve(precision, device);
        var key = Key(precision) with { Paths = [path, texts] };
        return new RepresentWork(name, encoder, target, texts, maxLength, options.TopK).Make(output, key, context, _ => new LocalScorer(LanguageModel.Load(name, path, type, device), tokenizer, target?.Tokenizer, options));
    }

    /// <summary>What decides the output; reads the model's files.</summary>
    /// <param name="path">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="type">Working type: what 'auto' came to, for machines that share the work must agree.</param>
    /// <param name="texts">Key of the split stage's output.</param>
    /// <param name="maxLength">Longest sequence, tokens.</param>
    /// <param name="options">How.</param>
    /// <param name="compression">Of the shards.</param>
    /// <param name="target">How the target reads over whose vocabulary rows are written; null for the model's own tokens.</param>
    /// <param name="encoder">How the model reads conversations; null, too, where the texts hold none.</param>
    public static StageKey KeyOf(
        string path, ITokenizer tokenizer, ScalarType type, string texts, int maxLength, RepresentOptions options, ShardCompression compression, PieceEncoder? target = null, PieceEncoder? encoder = null)
    {
        // What is null stands in no key: stores that were made before there was a choice keep theirs.
        (string Name, object? Value)[] settings =
        [
            ("top_k", options.TopK), ("dtype", WorkingType.NameOf(type)), ("max_length", maxLength), ("compression", compression), ("conversations", encoder?.Reading),
            ("rows", target is null ? null : RepresentRows.Projected), ("projection", target is null ? null : TokenProjection.FirstToken), ("target", encoder?.Reading is null ? null : target?.Reading),
            ("keep", options.Keep == KeptCandidates.Largest ? null : options.Keep),
        ];
        return StageKey.Create("represent", 3, settings.Where(s => s.Value is not null).ToDictionary(s => s.Name, s => s.Value),
            [("texts", texts), ("model", LanguageModel.Fingerprint(path)), ("tokenizer", tokenizer.Fingerprint), .. target is null ? Array.Empty<(string, string)>() : [("target_tokenizer", target.Tokenizer.Fingerprint)]]);
    }
}

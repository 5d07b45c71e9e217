using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Endpoints;
using FuseSharp.Files;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Represent.Served;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Pipeline.Represent;

/// <summary>Stage 2 of a model behind an inference server: <see cref="TextPiece"/> × server → <see cref="Representation"/>.</summary>
/// <remarks>
/// The server's log-probabilities are the rows, its own likeliest tokens the candidates: of the whole softmax, which projected rows sum over, it gives no more
/// (docs/decisions/0100-sources-behind-a-server.md). Texts become ids here and are sent as ids.
/// </remarks>
public static class EndpointStage
{
    // Whether a finished output is of this model is worth a question, not a wait.
    private static readonly TimeSpan _shortPatience = TimeSpan.FromSeconds(20);

    /// <summary>Runs the stage, going on at the first missing shard.</summary>
    /// <param name="model">The model; its key is read from the environment's <see cref="EndpointModel.KeyVariable"/>.</param>
    /// <param name="texts">Output of the split stage; its training texts are read.</param>
    /// <param name="maxLength">Longest sequence, tokens; longer ones are cut.</param>
    /// <param name="options">How.</param>
    /// <param name="output">Where.</param>
    /// <param name="context">Gets pieces, retries, and what the server cannot do.</param>
    /// <param name="limits">How patient it is with the server; null for the usual.</param>
    /// <exception cref="UsageException">The server stays out of reach, refuses, answers otherwise than its protocol says, or has another tokenizer.</exception>
    public static Manifest Run(EndpointModel model, string texts, int maxLength, RepresentOptions options, StageOutput output, StageContext context, EndpointLimits? limits = null)
    {
        limits ??= new EndpointLimits();
        var tokenizer = TokenizerFolder.Load(model.Tokenizer);
        var split = Manifest.Read(texts);
        var encoder = EncoderOf(model, texts, split, tokenizer);
        StageKey KeyBy(EndpointFingerprint seen) => KeyOf(model, seen.Mark, tokenizer, split.Key, maxLength, options, output.Compression, encoder);

        using var connection = Connect(model, limits, context);
        var (seen, session) = Meet(model, connection, tokenizer, options.TopK, output, context, limits, KeyBy);
        var key = KeyBy(seen) with { Paths = [model.Tokenizer, texts] };
        return new RepresentWork(model.Name, encoder, null, texts, maxLength, options.TopK).Make(output, key, context, folder =>
        {
            var asked = session ?? new EndpointHandshake(connection, model, tokenizer).RunAsync(options.TopK, seen.Protocol, context.Cancellation).GetAwaiter().GetResult().Session;
            if (context.Ranks.Rank == 0 && !File.Exists(Path.Combine(folder, EndpointFingerprint.FileName)))
            {
                seen.Write(folder);
            }

            if (options.Keep == KeptCandidates.Sample && context.Ranks.Rank == 0)
            {
                context.Progress.Say($"{connection.Name} names its likeliest tokens only: rows of {model.Name} hold these, as with represent.keep largest.");
            }

            if (seen.Candidates < options.TopK && context.Ranks.Rank == 0)
            {
                context.Progress.Say(FormattableString.Invariant($"{connection.Name} names {seen.Candidates} candidates of a token at most, fewer than represent.top_k, {options.TopK}: rows have so many."));
            }

            return new ServedScorer(asked, seen.Candidates, options.TopK, tokenizer.Vocabulary.Count, options.Requests);
        });
    }

    /// <summary>What decides the output, as far as it is known without asking the server: by what is remembered of it beside an output that is finished or begun.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="texts">Key of the split stage's output.</param>
    /// <param name="maxLength">Longest sequence, tokens.</param>
    /// <param name="options">How.</param>
    /// <param name="output">Where.</param>
    /// <param name="encoder">How the model reads conversations; null, too, where the texts hold none.</param>
    /// <returns>Null where nothing is remembered.</returns>
    public static StageKey? KeyOf(EndpointModel model, ITokenizer tokenizer, string texts, int maxLength, RepresentOptions options, StageOutput output, PieceEncoder? encoder = null)
        => EndpointFingerprint.Remembered(output).FirstOrDefault(k => k.Model == model.Model && k.Tokenizer == tokenizer.Fingerprint) is { } seen
            ? KeyOf(model, seen.Mark, tokenizer, texts, maxLength, options, output.Compression, encoder) : null;

    private static StageKey KeyOf(EndpointModel model, string mark, ITokenizer tokenizer, string texts, int maxLength, RepresentOptions options, ShardCompression compression, PieceEncoder? encoder)
        => StageKey.Create("represent", 3,
            encoder?.Reading is { } conversations ? new { options.TopK, maxLength, compression, conversations, server = new { model.Model } } : new { options.TopK, maxLength, compression, server = new { model.Model } },
            ("texts", texts), ("model", mark), ("tokenizer", tokenizer.Fingerprint));

    // 'split' by itself knows the tokenizer's folder alone.
    internal static PieceEncoder EncoderOf(EndpointModel model, string texts, Manifest split, ITokenizer tokenizer)
    {
        bool isNamed = ConversationReading.Read(split)?.Templates.Any(t => t.Model == model.Name) ?? false;
        return PieceEncoder.Open(texts, isNamed ? model.Name : ModelName.FromPath(model.Tokenizer), model.Tokenizer, tokenizer);
    }

    internal static EndpointConnection Connect(EndpointModel model, EndpointLimits limits, StageContext context)
        => new(model.Endpoint, "The server", Environment.GetEnvironmentVariable(EndpointModel.KeyVariable), limits, context.Progress.Say);

    // Rank 0 asks for all. A finished output is kept where the server cannot be asked any more: its processors may train by now.
    private static (EndpointFingerprint Seen, EndpointSession? Session) Meet(
        EndpointModel model, EndpointConnection connection, ITokenizer tokenizer, int topK, StageOutput output, StageContext context, EndpointLimits limits, Func<EndpointFingerprint, StageKey> keyBy)
    {
        EndpointSession? session = null;
        EndpointFingerprint Ask()
        {
            var known = EndpointFingerprint.Remembered(output);
            var finished = Manifest.ReadOwn(output.OwnFolder) is { } manifest ? known.FirstOrDefault(k => keyBy(k).Hash == manifest.Key) : null;
            var protocol = known.FirstOrDefault(k => k.Model == model.Model)?.Protocol;
            try
            {
                using var hasty = finished is null ? null : Connect(model, limits with { MostRetries = 0, Patience = limits.Patience < _shortPatience ? limits.Patience : _shortPatience }, context);
                var (found, seen) = new EndpointHandshake(hasty ?? connection, model, tokenizer).RunAsync(topK, protocol, context.Cancellation).GetAwaiter().GetResult();
                session = hasty is null ? found : null;
                return seen.Among(known);
            }
            catch (UsageException fault) when (finished is not null)
            {
                context.Progress.Say($"{model.Name}: its finished representations are kept, though the server cannot be asked whether it holds the same model. {fault.Message}");
                return finished;
            }
        }

        if (context.Ranks.Count == 1)
        {
            return (Ask(), session);
        }

        string told = context.Ranks.Broadcast(context.Ranks.Rank == 0 ? JsonSerializer.Serialize(Ask(), ArtifactJson.Line) : "");
        return (JsonSerializer.Deserialize<EndpointFingerprint>(told, ArtifactJson.Line)!, session);
    }
}

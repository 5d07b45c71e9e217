using FuseSharp.Errors;
using FuseSharp.Evaluation.Endpoints;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Pipeline.Represent.Served;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Pipeline.Represent;

/// <summary>Stage 7 of a model behind an inference server, which was represented: bits per byte from its log-probabilities of the test texts.</summary>
public static class EndpointEvaluation
{
    /// <summary>Runs the stage; a finished output is kept without a question.</summary>
    /// <param name="model">The model; its key is read from the environment's <see cref="EndpointModel.KeyVariable"/>.</param>
    /// <param name="represented">Its representations, beside which stands what it is known by.</param>
    /// <param name="texts">Output of the split stage; its test split is read.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    /// <param name="requests">Most questions at a time.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets bytes, and retries.</param>
    /// <param name="limits">How patient it is with the server; null for the usual.</param>
    /// <returns>The result of each domain, in the order of the texts.</returns>
    /// <exception cref="UsageException">The server stays out of reach, refuses, or holds another model by now.</exception>
    public static IReadOnlyDictionary<string, BitsPerByteResult> Run(
        EndpointModel model, StageOutput represented, string texts, int window, int requests, string folder, StageContext context, EndpointLimits? limits = null)
    {
        var tokenizer = TokenizerFolder.Load(model.Tokenizer);
        var seen = Find(model, represented, tokenizer.Fingerprint)
            ?? throw new ArtifactException($"'{represented.Folder}' has no {EndpointFingerprint.FileName} of {model.Name}, by which the model would be known. Represent it again.");
        var split = Manifest.Read(texts);
        var key = EvaluateStage.KeyOf(model.Model, seen.Mark, tokenizer.Fingerprint, split.Key, window) with { Paths = [model.Tokenizer, texts] };

        BitsPerByte Open()
        {
            var connection = EndpointStage.Connect(model, limits ?? new EndpointLimits(), context);
            try
            {
                var (session, found) = new EndpointHandshake(connection, model, tokenizer).RunAsync(1, seen.Protocol, context.Cancellation).GetAwaiter().GetResult();
                if (!found.IsSame(seen))
                {
                    throw new UsageException($"{connection.Name} at {model.Endpoint} holds another model as '{model.Model}' than the one that was represented, expected the same. Let it serve that one, or begin the run again.");
                }

                return new BitsPerByte(new ServedWindows(connection, session, model.Name, tokenizer, requests), window, context.Ranks, EndpointStage.EncoderOf(model, texts, split, tokenizer));
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }

        return EvaluateStage.Run(key, model.Name, Open, texts, folder, context);
    }

    /// <summary>What decides the figures; null where nothing is remembered of the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="represented">Its representations.</param>
    /// <param name="tokenizer">Fingerprint of its tokenizer.</param>
    /// <param name="texts">Key of the split stage's output.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    public static StageKey? KeyOf(EndpointModel model, StageOutput represented, string tokenizer, string texts, int window)
        => Find(model, represented, tokenizer) is { } seen ? EvaluateStage.KeyOf(model.Model, seen.Mark, tokenizer, texts, window) : null;

    private static EndpointFingerprint? Find(EndpointModel model, StageOutput represented, string tokenizer)
        => EndpointFingerprint.Remembered(represented).FirstOrDefault(k => k.Model == model.Model && k.Tokenizer == tokenizer);
}

using System.Text;
using FuseSharp.Errors;
using FuseSharp.Options;

namespace FuseSharp.Models.Generate;

/// <summary>Stage 8: continues prompts.</summary>
/// <param name="model">Only read.</param>
/// <param name="options">How.</param>
/// <exception cref="UsageException">An option is out of its range.</exception>
public sealed class TextGenerator(LanguageModel model, GenerateOptions options)
{
    private readonly GenerateOptions _options = Checked(options);

    /// <summary>The continuation of the options' prompt, without the prompt.</summary>
    /// <param name="cancellation">Ends it between two tokens.</param>
    /// <param name="onText">Gets the text as it is written.</param>
    public string Generate(CancellationToken cancellation, Action<string>? onText = null) => Generate(model.PromptIds(_options.Prompt), cancellation, onText);

    /// <summary>The continuation of a prompt, without the prompt.</summary>
    /// <param name="prompt">Token ids.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    /// <param name="onText">Gets the text as it is written.</param>
    public string Generate(int[] prompt, CancellationToken cancellation, Action<string>? onText = null)
    {
        var text = new StringBuilder();
        foreach (string piece in Pieces(prompt, cancellation))
        {
            onText?.Invoke(piece);
            text.Append(piece);
        }

        return text.ToString();
    }

    /// <summary>The continuation of a prompt as it is written: each piece is computed when it is asked for.</summary>
    /// <param name="prompt">Token ids.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    /// <returns>A piece a token, empty while a character or a stop text may be incomplete.</returns>
    internal IEnumerable<string> Pieces(int[] prompt, CancellationToken cancellation)
    {
        var continuation = new Generation(model, prompt, _options with { Seed = DrawSeed.Derive(_options.Seed, 0) }); // as the first of many
        using var batch = new GenerationBatch(model);
        batch.Add([continuation]);
        continuation.ThrowIfFailed();
        yield return continuation.TakeNewText();
        while (batch.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            batch.Step();
            continuation.ThrowIfFailed();
            yield return continuation.TakeNewText();
        }
    }

    /// <summary>Continues many prompts, several at a time.</summary>
    /// <remarks>Every continuation has its own draw, seeded by the options' seed and its place in <paramref name="prompts"/>: what it says does not depend on the batch.</remarks>
    /// <param name="prompts">Token ids by their place in the whole work, which seeds the draw.</param>
    /// <param name="batchSize">Most continuations side by side, at least 1.</param>
    /// <param name="finished">Gets each when it is done, in no order.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    public void Generate(IEnumerable<(int Place, int[] Prompt)> prompts, int batchSize, Action<int, Generation> finished, CancellationToken cancellation)
    {
        using var batch = new GenerationBatch(model);
        var running = new List<(int Place, Generation Continuation)>();

        // Read side by side, a few prompts cost what one costs, and each time the cache is copied: they wait until some places are free.
        int together = batch.ReadsTogether ? Math.Max(1, batchSize / 8) : 1;

        // Prompts of similar length start together: little padding then stands before the shorter ones.
        var waiting = new Queue<(int Place, int[] Prompt)>(prompts.OrderByDescending(p => p.Prompt.Length));
        while (waiting.Count > 0 || batch.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            batch.Step();
            if (batch.Count == 0 || batchSize - batch.Count >= together)
            {
                (int Place, Generation Continuation)[] next = [.. Enumerable.Range(0, Math.Min(batchSize - batch.Count, waiting.Count)).Select(_ => waiting.Dequeue())
                    .Select(n => (n.Place, new Generation(model, n.Prompt, _options with { Seed = DrawSeed.Derive(_options.Seed, n.Place) })))];
                running.AddRange(next);
                batch.AddEach([.. next.Select(n => n.Continuation)], cancellation);
            }

            foreach (var (place, done) in running.Where(r => r.Continuation.HasEnded))
            {
                done.ThrowIfFailed();
                finished(place, done);
            }

            running.RemoveAll(r => r.Continuation.HasEnded);
        }
    }

    private static GenerateOptions Checked(GenerateOptions options)
    {
        OptionRange.Check(options);
        return options;
    }
}

using FuseSharp.Evaluation.Evaluate;

namespace FuseSharp.Evaluation.Ensemble;

/// <summary>How many bits an ensemble needs for a byte of text; every token of the target counts, of conversations every learned one, as in <see cref="BitsPerByte"/>.</summary>
/// <param name="ensemble">Disposed with this.</param>
/// <param name="window">Longest sequence that a model reads at once, tokens; at most its context.</param>
public sealed class EnsembleBitsPerByte(ModelEnsemble ensemble, int window) : ITextMeasure
{
    /// <inheritdoc/>
    public BitsPerByteResult Measure(IReadOnlyList<MeasuredText> texts, Action<long>? finished, CancellationToken cancellation)
    {
        double[] nats = new double[texts.Count];
        long tokens = 0;
        for (int i = 0; i < texts.Count; i++)
        {
            (nats[i], int count) = texts[i].Conversation is { } conversation ? ensemble.Measure(conversation, window, cancellation) : ensemble.Measure(texts[i].Text, window, cancellation);
            tokens += count;
            finished?.Invoke(texts[i].Bytes);
        }

        return BitsPerByteResult.From(TextCosts.Sum(texts, nats), tokens);
    }

    /// <inheritdoc/>
    public void Dispose() => ensemble.Dispose();
}

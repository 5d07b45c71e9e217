using System.Text;
using FuseSharp.Evaluation.Evaluate;

namespace FuseSharp.Evaluation.Ensemble;

/// <summary>How many bits an ensemble needs for a byte of text; every token of the target counts, as in <see cref="BitsPerByte"/>.</summary>
/// <param name="ensemble">Disposed with this.</param>
/// <param name="window">Longest sequence that a model reads at once, tokens; at most its context.</param>
public sealed class EnsembleBitsPerByte(ModelEnsemble ensemble, int window) : ITextMeasure
{
    /// <inheritdoc/>
    public BitsPerByteResult Measure(IReadOnlyList<string> texts, Action<long>? finished, CancellationToken cancellation)
    {
        double[] nats = new double[texts.Count];
        long tokens = 0;
        for (int i = 0; i < texts.Count; i++)
        {
            (nats[i], int count) = ensemble.Measure(texts[i], window, cancellation);
            tokens += count;
            finished?.Invoke(Encoding.UTF8.GetByteCount(texts[i]));
        }

        return BitsPerByteResult.From(TextCosts.Sum(texts, nats), tokens);
    }

    /// <inheritdoc/>
    public void Dispose() => ensemble.Dispose();
}

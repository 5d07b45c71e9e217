namespace FuseSharp.Evaluation.Evaluate;

/// <summary>Measures texts in bits per byte: with one model, or with several together.</summary>
public interface ITextMeasure : IDisposable
{
    /// <summary>Measures some texts together.</summary>
    /// <param name="texts">Not empty.</param>
    /// <param name="finished">Gets bytes of the texts as they are read; in all their length.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    BitsPerByteResult Measure(IReadOnlyList<MeasuredText> texts, Action<long>? finished, CancellationToken cancellation);
}

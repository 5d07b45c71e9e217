using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>Weighted sums of the language-model loss and of the fusion loss, nats, that may still lie where they were computed: a graphics processor that is asked for a number finishes all its work first.</summary>
/// <param name="LanguageModel">0 where <paramref name="Sums"/> holds it.</param>
/// <param name="Fusion">0 where <paramref name="Sums"/> holds it.</param>
/// <param name="Sums">[2] float64 on the device; null where both are known.</param>
internal sealed record UnreadLoss(double LanguageModel, double Fusion, Tensor? Sums) : IDisposable
{
    /// <summary>Both, read from the device where they lie there.</summary>
    public (double LanguageModel, double Fusion) Read() => Sums is null ? (LanguageModel, Fusion) : ReadAll([this])[0];

    /// <summary>Those of several, with one copy.</summary>
    /// <param name="losses">Of one model.</param>
    public static (double LanguageModel, double Fusion)[] ReadAll(IReadOnlyList<UnreadLoss> losses)
    {
        if (!losses.Any(l => l.Sums is not null))
        {
            return [.. losses.Select(l => (l.LanguageModel, l.Fusion))];
        }

        using var scope = NewDisposeScope();
        double[] read = stack([.. losses.Select(l => l.Sums).OfType<Tensor>()]).cpu().data<double>().ToArray();
        int at = 0;
        return [.. losses.Select(l => l.Sums is null ? (l.LanguageModel, l.Fusion) : (read[at++], read[at++]))];
    }

    /// <inheritdoc/>
    public void Dispose() => Sums?.Dispose();
}

namespace FuseSharp.Pipeline.Train;

/// <summary>The losses of one optimizer step, in the order in which they were computed.</summary>
internal sealed class StepLosses : IDisposable
{
    private readonly List<(int Round, UnreadLoss Loss)> _all = [];
    private (double LanguageModel, double Fusion) _known;

    /// <summary>False as soon as a loss on the processor is NaN or infinite; what a device holds is not known before <see cref="Read"/>.</summary>
    public bool AreFiniteSoFar => double.IsFinite(_known.LanguageModel + _known.Fusion);

    /// <summary>Adds one.</summary>
    /// <param name="round">The micro-batch that it is of.</param>
    /// <param name="loss">Disposed with this.</param>
    public void Add(int round, UnreadLoss loss)
    {
        _all.Add((round, loss));
        _known = (_known.LanguageModel + loss.LanguageModel, _known.Fusion + loss.Fusion);
    }

    /// <summary>Sums them, with one copy from the device.</summary>
    /// <returns>Both sums, and the first micro-batch after which they are not finite; null where they are.</returns>
    public (double LanguageModel, double Fusion, int? NotFinite) Read()
    {
        double languageModel = 0;
        double fusion = 0;
        int? notFinite = null;
        foreach (var ((round, _), loss) in _all.Zip(UnreadLoss.ReadAll([.. _all.Select(a => a.Loss)])))
        {
            languageModel += loss.LanguageModel;
            fusion += loss.Fusion;
            notFinite ??= double.IsFinite(languageModel + fusion) ? null : round;
        }

        return (languageModel, fusion, notFinite);
    }

    /// <inheritdoc/>
    public void Dispose() => _all.ForEach(a => a.Loss.Dispose());
}

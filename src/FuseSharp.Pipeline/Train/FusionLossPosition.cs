using FuseSharp.Fusion.Fuse;


namespace FuseSharp.Pipeline.Train;

/// <summary>The loss of one position, in double, and what it does to the gradient at its few named places.</summary>
internal readonly unsafe ref struct FusionLossPosition
{
    private readonly long _label;
    private readonly double _labelWeight;
    private readonly double _fusionWeight;
    private readonly ReadOnlySpan<long> _indices;
    private readonly ReadOnlySpan<float> _probabilities;
    private readonly ReadOnlySpan<float> _isCandidate;

    public FusionLossPosition(LossTargets targets, int position)
    {
        int k = targets.K;
        _label = targets.Labels[position];
        _labelWeight = targets.LabelWeights[position];
        _fusionWeight = targets.FusionWeights[position];
        _indices = targets.Indices.AsSpan(position * k, k);
        _probabilities = targets.Probabilities.AsSpan(position * k, k);
        _isCandidate = targets.IsCandidate.AsSpan(position * k, k);
    }

    public bool HasNoWeight => _labelWeight == 0 && _fusionWeight == 0;

    /// <summary>The weighted losses.</summary>
    /// <param name="powers">exp(logit − largest).</param>
    /// <param name="sum">Of them.</param>
    /// <param name="missing">What happens to mass outside the candidates.</param>
    /// <param name="divergence">Which distance the returned loss is.</param>
    /// <param name="corrections">Becomes what is added to the gradient.</param>
    /// <param name="factor">What multiplies the softmax in the gradient.</param>
    public (double LanguageModel, double Fusion) Evaluate(
        float* powers, double sum, MissingProbability missing, FusionDivergence divergence, LogitCorrections corrections, out double factor)
    {
        corrections.Clear();
        factor = _labelWeight;
        double languageModel = 0;
        if (_labelWeight != 0)
        {
            languageModel = _labelWeight * Surprise(powers[_label], sum);
            corrections.Add(_label, -_labelWeight);
        }

        return _fusionWeight == 0 ? (languageModel, 0) : (languageModel, Fusion(powers, sum, missing, divergence, corrections, ref factor));
    }

    private double Fusion(float* powers, double sum, MissingProbability missing, FusionDivergence divergence, LogitCorrections corrections, ref double factor)
    {
        double distance = 0;
        double mass = 0;
        double student = 0;
        for (int i = 0; i < _indices.Length; i++)
        {
            if (_isCandidate[i] != 0)
            {
                double p = _probabilities[i];
                float power = powers[_indices[i]];
                distance += p > 0 ? p * (Surprise(power, sum) + (divergence == FusionDivergence.Kl ? Math.Log(p) : 0)) : 0;
                mass += p;
                student += power / sum;
            }
        }

        double ratio = 0;
        if (missing == MissingProbability.Bucket)
        {
            double open = Math.Max(1 - student, FusionLoss.SmallestTail);
            double rest = Math.Max(1 - mass, 0);
            distance -= rest * Math.Log(open);
            distance += divergence == FusionDivergence.Kl && rest > 0 ? rest * Math.Log(rest) : 0;
            ratio = rest / open;
        }

        factor += _fusionWeight * (missing == MissingProbability.Bucket ? 1 - ratio : mass);
        for (int i = 0; i < _indices.Length; i++)
        {
            if (_isCandidate[i] != 0)
            {
                corrections.Add(_indices[i], _fusionWeight * ((ratio * powers[_indices[i]] / sum) - _probabilities[i]));
            }
        }

        return _fusionWeight * distance;
    }

    // −log of a softmax value; the exponential stops at 2⁻¹²⁶, 87 nats.
    private static double Surprise(float power, double sum) => Math.Log(sum) - Math.Log(power);
}

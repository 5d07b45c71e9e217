namespace FuseSharp.Fusion.Records;

/// <summary>What the scores of a teacher's candidates are.</summary>
public enum ScoreUnit
{
    /// <summary>Logarithms of true probabilities: a row's probabilities sum to at most 1, the rest is the mass outside it.</summary>
    LogProbability,

    /// <summary>The reference's logits, of which only the softmax over a row has a meaning.</summary>
    Logit,
}

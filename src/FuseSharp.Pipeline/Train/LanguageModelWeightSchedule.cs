namespace FuseSharp.Pipeline.Train;

/// <summary>How λ, the weight of the language-model loss, moves during training.</summary>
public enum LanguageModelWeightSchedule
{
    /// <summary>Stays: the published run.</summary>
    Hard,

    /// <summary>Grows in a straight line from λ to 1: λ + (1 − λ) · step / steps.</summary>
    HardAndDecay,

    /// <summary>Where the models know the text well, the more: 1 − the largest reward exp(−c) for <c>min_ce</c>, 1 − their mean for <c>avg_ce</c>. λ itself has no say.</summary>
    Soft,
}

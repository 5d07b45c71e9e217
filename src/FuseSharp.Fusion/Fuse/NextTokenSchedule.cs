namespace FuseSharp.Fusion.Fuse;

/// <summary>How λ, the weight of the next-token loss, moves during training.</summary>
public enum NextTokenSchedule
{
    /// <summary>Stays the same: the published run.</summary>
    Constant,

    /// <summary>Grows in a straight line from λ to 1: λ + (1 − λ) · step / steps.</summary>
    LinearToOne,

    /// <summary>The better the models know the text, the smaller: 1 − the largest reward exp(−c) for <c>min_ce</c>, 1 − their mean for <c>avg_ce</c>. λ itself is not used.</summary>
    ByReward,
}

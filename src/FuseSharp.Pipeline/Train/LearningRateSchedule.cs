namespace FuseSharp.Pipeline.Train;

/// <summary>How the learning rate moves after the warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>Falls to 0 along half a cosine: the published run.</summary>
    Cosine,

    /// <summary>Falls to 0 in a straight line.</summary>
    Linear,

    /// <summary>Stays.</summary>
    Constant,
}

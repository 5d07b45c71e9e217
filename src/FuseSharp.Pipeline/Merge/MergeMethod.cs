namespace FuseSharp.Pipeline.Merge;

/// <summary>How the weights of several models become one; names as in mergekit.</summary>
public enum MergeMethod
{
    /// <summary>Weighted mean.</summary>
    Linear,

    /// <summary>Along the great circle between two models.</summary>
    Slerp,

    /// <summary>The base plus the weighted sum of what each model changed.</summary>
    TaskArithmetic,

    /// <summary>The same with the largest changes only, where they agree in sign.</summary>
    Ties,

    /// <summary>Task arithmetic with changes dropped at random and the rest enlarged.</summary>
    DareLinear,

    /// <summary>Changes dropped at random, then TIES's agreement of signs.</summary>
    DareTies,
}

namespace FuseSharp.Pipeline.Merge.Configuration;

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

    /// <summary>Task arithmetic with changes dropped at random, small ones more often than large ones.</summary>
    DellaLinear,

    /// <summary>The same with TIES's agreement of signs.</summary>
    Della,

    /// <summary>Task arithmetic without the smallest changes and without the very largest.</summary>
    Breadcrumbs,

    /// <summary>The same with TIES's agreement of signs.</summary>
    BreadcrumbsTies,

    /// <summary>Changes where models differ most, weighted by their size, where they agree in sign: FuseChat's merge.</summary>
    Sce,

    /// <summary>Between the base and the mean of its tuned models, as far as the angle between their changes tells.</summary>
    ModelStock,

    /// <summary>Along the great circle between two models by their weights, or between their changes.</summary>
    Nuslerp,

    /// <summary>Weighted mean of several models on the sphere, in the plane that touches it at their mean direction.</summary>
    Multislerp,

    /// <summary>Mean of several models on the sphere: the point of least squared distance.</summary>
    Karcher,

    /// <summary>The base, with another model's numbers where these matter by far the most.</summary>
    ArceeFusion,

    /// <summary>The base, moved towards another model where both are near.</summary>
    Nearswap,

    /// <summary>Layers of models one after the other, as they are.</summary>
    Passthrough,
}

using FuseSharp.Options;

namespace FuseSharp.Pipeline.Merge.Configuration;

/// <summary>How many models each method takes, and whether one of them is a base.</summary>
internal static class MergeModels
{
    /// <summary>Whether a method reads a base where one is named.</summary>
    public static bool ReadsBase(MergeMethod method) => method is not (MergeMethod.Linear or MergeMethod.Karcher or MergeMethod.Passthrough);

    /// <summary>Whether it cannot do without.</summary>
    public static bool NeedsBase(MergeMethod method) => ReadsBase(method) && method is not (MergeMethod.Nuslerp or MergeMethod.Multislerp);

    /// <summary>Whether the base is one of two models between which the result lies, rather than the one from which all were tuned: in a fusion, the target.</summary>
    public static bool StartsAtTarget(MergeMethod method) => method is MergeMethod.Slerp or MergeMethod.Nearswap or MergeMethod.ArceeFusion;

    /// <summary>What is wrong with a number of models, the base not counted; null where it fits.</summary>
    /// <param name="method">How they are merged.</param>
    /// <param name="count">How many.</param>
    public static string? Conflict(MergeMethod method, int count)
    {
        var (least, most) = CountOf(method);
        string name = OptionRange.KeyOf(method.ToString());
        return count == 0 ? "there is no model to merge"
            : method == MergeMethod.Slerp && count > most ? FormattableString.Invariant($"slerp goes from base_model to one other model, found {count} others")
            : count < least ? FormattableString.Invariant($"{name} takes at least {least} models{(NeedsBase(method) ? " besides base_model" : "")}, found {count}")
            : count > most ? FormattableString.Invariant($"{name} takes {most} model{(most > 1 ? "s" : "")}{(NeedsBase(method) ? " besides base_model" : "")}, found {count}")
            : null;
    }

    /// <summary>The keys of <see cref="MergeParameters"/> that a method reads.</summary>
    public static IReadOnlyList<string> Reads(MergeMethod method) => method switch
    {
        MergeMethod.Linear => ["weight", "normalize"],
        MergeMethod.Slerp or MergeMethod.Nearswap => ["t"],
        MergeMethod.TaskArithmetic => ["weight", "normalize", "lambda"],
        MergeMethod.Ties => ["weight", "density", "normalize", "rescale", "lambda"],
        MergeMethod.DareLinear or MergeMethod.DareTies => ["weight", "density", "normalize", "rescale", "lambda", "seed"],
        MergeMethod.DellaLinear or MergeMethod.Della => ["weight", "density", "epsilon", "normalize", "rescale", "lambda", "seed"],
        MergeMethod.Breadcrumbs or MergeMethod.BreadcrumbsTies => ["weight", "density", "gamma", "normalize", "rescale", "lambda"],
        MergeMethod.Sce => ["select_topk"],
        MergeMethod.ModelStock => ["filter_wise"],
        MergeMethod.Nuslerp => ["weight", "nuslerp_flatten", "nuslerp_row_wise"],
        MergeMethod.Multislerp => ["weight", "normalize_weights", "eps"],
        MergeMethod.Karcher => ["weight", "max_iter", "tol"],
        MergeMethod.Passthrough => ["scale"],
        _ => [],
    };

    private static (int Least, int Most) CountOf(MergeMethod method) => method switch
    {
        MergeMethod.Slerp or MergeMethod.Nearswap or MergeMethod.ArceeFusion or MergeMethod.Passthrough => (1, 1),
        MergeMethod.Nuslerp => (2, 2),
        MergeMethod.ModelStock => (2, int.MaxValue),
        _ => (1, int.MaxValue),
    };
}

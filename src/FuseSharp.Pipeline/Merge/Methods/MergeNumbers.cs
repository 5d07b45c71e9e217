using FuseSharp.Pipeline.Merge.Configuration;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>The numbers of a merge at one tensor.</summary>
/// <param name="tensor">Name of the tensor.</param>
/// <param name="t">How far its layer is on the way from the first, 0, to the last, 1.</param>
/// <param name="models">Those of each model's own, in the order of <see cref="MergeInputs"/>.</param>
/// <param name="shared">Those for all models, what goes first first: of a slice, of the merge.</param>
internal sealed class MergeNumbers(string tensor, double t, IReadOnlyList<MergeParameters> models, params MergeParameters[] shared)
{
    /// <summary>A number of each model.</summary>
    /// <param name="read">Which one.</param>
    /// <param name="otherwise">Where nothing sets it.</param>
    public double[] OfModels(Func<MergeParameters, LayerValues?> read, double otherwise) => [.. models.Select(m => read(m)?.At(tensor, t) ?? Shared(read, otherwise))];

    /// <summary>A number of the whole merge.</summary>
    /// <param name="read">Which one.</param>
    /// <param name="otherwise">Where nothing sets it.</param>
    public double Shared(Func<MergeParameters, LayerValues?> read, double otherwise) => shared.Select(s => read(s)?.At(tensor, t)).FirstOrDefault(v => v is not null) ?? otherwise;

    /// <summary>A setting of the whole merge that is the same for all tensors.</summary>
    /// <param name="read">Which one.</param>
    /// <param name="otherwise">Where nothing sets it.</param>
    public T Setting<T>(Func<MergeParameters, T?> read, T otherwise)
        where T : struct
        => shared.Select(read).FirstOrDefault(v => v is not null) ?? otherwise;
}

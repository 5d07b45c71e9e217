using FuseSharp.Torch.Checkpoints;
using FuseSharp.Torch.Native;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Merge;

/// <summary>One tensor in the models of a merge, read one by one.</summary>
/// <param name="name">Name of the tensor.</param>
/// <param name="models">Where it lies in each model that is merged.</param>
/// <param name="baseModel">Where it lies in the base; null in merges without one.</param>
internal sealed class MergeInputs(string name, IReadOnlyList<ITensorSource> models, ITensorSource? baseModel)
{
    /// <summary>Name of the tensor.</summary>
    public string Name => name;

    /// <summary>Number of models, the base not counted.</summary>
    public int Count => models.Count;

    /// <summary>Its numbers in a model; float32, owned by the caller.</summary>
    public Tensor Read(int model) => Read(models[model]);

    /// <summary>Its numbers in the base; float32, owned by the caller.</summary>
    public Tensor ReadBase() => Read(baseModel ?? throw new InvalidOperationException("This merge has no base."));

    /// <summary>What a model changed: its numbers less the base's; float32, owned by the caller.</summary>
    /// <param name="model">Which one.</param>
    /// <param name="of">The base's numbers.</param>
    public Tensor Change(int model, Tensor of) => Read(model).add_(of, LiveScalar.Of(-1.0));

    private Tensor Read(ITensorSource source)
    {
        var numbers = empty([.. source.ShapeOf(name)], ScalarType.Float32);
        source.CopyTo(name, numbers);
        return numbers;
    }
}

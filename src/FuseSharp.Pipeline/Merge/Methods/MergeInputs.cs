using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>One tensor in the models of a merge, read one by one, and the merge's numbers there.</summary>
/// <param name="name">Name of the tensor in the result.</param>
/// <param name="models">Where it lies in each model that is merged, and what it is called there.</param>
/// <param name="baseModel">Where it lies in the base; null in merges without one.</param>
/// <param name="numbers">The merge's numbers at this tensor.</param>
/// <param name="buffers">Get the tensor's numbers.</param>
internal sealed class MergeInputs(
    string name, IReadOnlyList<(ITensorSource Source, string Name)> models, (ITensorSource Source, string Name)? baseModel, MergeNumbers numbers, MergeBuffers buffers)
{
    /// <summary>Name of the tensor in the result.</summary>
    public string Name => name;

    /// <summary>Number of models, the base not counted.</summary>
    public int Count => models.Count;

    /// <summary>Whether there is a base.</summary>
    public bool HasBase => baseModel is not null;

    /// <summary>The merge's numbers at this tensor.</summary>
    public MergeNumbers Numbers => numbers;

    /// <summary>Its numbers in a model, float32.</summary>
    /// <param name="model">Which one.</param>
    /// <param name="buffer">Number of the buffer that gets them.</param>
    public Tensor Read(int model, int buffer) => Read(models[model], buffer);

    /// <summary>Its numbers in the base, float32.</summary>
    public Tensor ReadBase(int buffer) => Read(baseModel ?? throw new InvalidOperationException("This merge has no base."), buffer);

    /// <summary>What a model changed: its numbers less the base's, float32.</summary>
    /// <param name="model">Which one.</param>
    /// <param name="of">The base's numbers.</param>
    /// <param name="buffer">Number of the buffer that gets them.</param>
    public Tensor Change(int model, Tensor of, int buffer) => Read(model, buffer).add_(of, RootedScalar.Of(-1.0));

    /// <summary>A copy in a buffer.</summary>
    public Tensor Copy(Tensor numbers, int buffer) => buffers.View(buffer, numbers.shape).copy_(numbers);

    private Tensor Read((ITensorSource Source, string Name) from, int buffer)
    {
        var numbers = buffers.View(buffer, from.Source.ShapeOf(from.Name));
        from.Source.CopyTo(from.Name, numbers);
        return numbers;
    }
}

using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>One tensor in the models of a merge, read one by one.</summary>
/// <param name="name">Name of the tensor.</param>
/// <param name="models">Where it lies in each model that is merged.</param>
/// <param name="baseModel">Where it lies in the base; null in merges without one.</param>
/// <param name="buffers">Get its numbers.</param>
internal sealed class MergeInputs(string name, IReadOnlyList<ITensorSource> models, ITensorSource? baseModel, MergeBuffers buffers)
{
    /// <summary>Name of the tensor.</summary>
    public string Name => name;

    /// <summary>Number of models, the base not counted.</summary>
    public int Count => models.Count;

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

    private Tensor Read(ITensorSource source, int buffer)
    {
        var numbers = buffers.View(buffer, source.ShapeOf(name));
        source.CopyTo(name, numbers);
        return numbers;
    }
}

using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>A single model's numbers times a factor, 1 by default: layers of several models one after the other.</summary>
internal sealed class PassthroughMerge : IMergeMethod
{
    public Tensor Merge(MergeInputs inputs)
        => inputs.Read(0, buffer: 0) is var numbers && inputs.Numbers.OfModels(p => p.Scale, 1)[0] is var scale && scale != 1 ? numbers.mul_(RootedScalar.Of(scale)) : numbers;
}

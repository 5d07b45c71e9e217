using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Makes one tensor of a merged model from that tensor in all models.</summary>
/// <remarks>A pure function of the numbers; each follows mergekit's definition of the method with the same name.</remarks>
internal interface IMergeMethod
{
    /// <summary>Merges one tensor.</summary>
    /// <param name="inputs">Reads the tensor of each model when it is asked for.</param>
    /// <returns>float32, on the CPU: one of the inputs' buffers, valid until the next tensor is read.</returns>
    Tensor Merge(MergeInputs inputs);
}

using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Sets a part of a model's changes to 0.</summary>
internal interface IChangePruning
{
    /// <summary>Prunes in place.</summary>
    /// <param name="change">float32, contiguous, on the CPU.</param>
    /// <param name="model">Whose change, 0-based.</param>
    /// <param name="inputs">The tensor's name and the merge's numbers there.</param>
    void Prune(Tensor change, int model, MergeInputs inputs);
}

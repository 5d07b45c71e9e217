using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>Sets a part of a model's changes to 0.</summary>
internal interface IChangePruning
{
    /// <summary>Prunes in place.</summary>
    /// <param name="change">float32, contiguous, on the CPU.</param>
    /// <param name="model">Whose change, 0-based.</param>
    /// <param name="name">Name of the tensor.</param>
    void Prune(Tensor change, int model, string name);
}

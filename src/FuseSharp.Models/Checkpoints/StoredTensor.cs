using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>A tensor that is to be written: its place in the file is known before its numbers are.</summary>
/// <param name="Name">Name in the checkpoint.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Type">Type in which it is stored.</param>
/// <param name="Make">Gives the numbers, of any type and on any device, when their turn comes; called inside a dispose scope, which frees what it makes.</param>
public sealed record StoredTensor(string Name, IReadOnlyList<long> Shape, ScalarType Type, Func<Tensor> Make)
{
    /// <summary>Bytes in the file.</summary>
    public long Bytes => Shape.Aggregate(1L, (product, d) => product * d) * SafetensorsType.SizeOf(Type);

    /// <summary>A tensor that is there already.</summary>
    /// <param name="name">Name in the checkpoint.</param>
    /// <param name="value">Only read.</param>
    /// <param name="type">Type in which it is stored; null for its own.</param>
    public static StoredTensor From(string name, Tensor value, ScalarType? type) => new(name, value.shape, type ?? value.dtype, () => value);
}

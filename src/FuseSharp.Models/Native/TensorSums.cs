using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Native;

/// <summary>Sums of tensors; TorchSharp's own <c>+</c>, <c>add</c> and <c>add_</c> make a number in passing (see <see cref="RootedScalar"/>).</summary>
public static class TensorSums
{
    // A whole number, so that sums of whole-number tensors keep their type.
    private static readonly Scalar _one = 1L.ToScalar();

    /// <summary>left + right, shapes broadcast.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, _one);

    /// <summary>left + right, added to each element.</summary>
    public static Tensor Plus(this Tensor left, double right) => left.add(RootedScalar.Of(right), _one);

    /// <summary>Adds to <paramref name="left"/> in place.</summary>
    /// <returns><paramref name="left"/>.</returns>
    public static Tensor PlusInPlace(this Tensor left, Tensor right) => left.add_(right, _one);

    /// <summary>Adds a number to each element in place.</summary>
    /// <returns><paramref name="left"/>.</returns>
    public static Tensor PlusInPlace(this Tensor left, double right) => left.add_(RootedScalar.Of(right), _one);

    /// <summary>The whole numbers from <paramref name="start"/> on.</summary>
    public static Tensor Range(long start, long endExclusive, ScalarType type, Device device)
        => arange(RootedScalar.Of(start), RootedScalar.Of(endExclusive), _one, type, device);
}

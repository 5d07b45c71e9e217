using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
using FuseSharp.Models.Rows;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>x·Wᵀ + b with a W that is kept as it is stored. It has no gradient.</summary>
internal static unsafe class KeptProduct
{
    // So many rows of states share one reading of the weights: it then costs little beside the products.
    private const int Piece = 256;

    // From so many rows on, which only prompts have, writing weights out costs little beside the products, and libtorch's are faster then.
    private const long FewestRowsOfLibtorch = 64;

    // Numbers that are written out at once, 16 MB.
    private const long WrittenOut = 1 << 22;

    [ThreadStatic]
    private static StateRows? _states;

    [ThreadStatic]
    private static StateRows? _results;

    /// <summary>Makes a parameter the mark of a weight that is kept elsewhere: of the same shape, with NaN for its numbers, so that whoever used them all the same would be told.</summary>
    public static void Empty(Parameter parameter)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        parameter.requires_grad = false;
        parameter.set_(full([1], RootedScalar.Of(double.NaN), parameter.dtype, parameter.device).expand(parameter.shape));
    }

    /// <summary>[…, inputs] float32 → […, outputs].</summary>
    /// <param name="states">Without gradients.</param>
    /// <param name="weight">W.</param>
    /// <param name="bias">b; null for none.</param>
    public static Tensor Run(Tensor states, WeightRows weight, Tensor? bias)
    {
        if (states.requires_grad || states.dtype != ScalarType.Float32)
        {
            throw new InvalidOperationException("A model whose weights are kept as they are stored neither learns nor works in another type than float32. Load it without keeping them.");
        }

        long inputs = weight.Inputs;
        using var flat = states.contiguous();
        if (flat.numel() / inputs >= FewestRowsOfLibtorch)
        {
            return RunWrittenOut(flat, weight, bias);
        }

        var result = empty([.. states.shape[..^1], weight.Outputs], ScalarType.Float32);
        float* from = (float*)KernelRows.AddressOf(flat);
        float* to = (float*)KernelRows.AddressOf(result);
        long rows = flat.numel() / inputs;
        float[]? offsets = bias?.data<float>().ToArray();
        var (own, products) = (_states ??= new StateRows(), _results ??= new StateRows());
        for (long start = 0; start < rows; start += Piece)
        {
            int count = (int)Math.Min(Piece, rows - start);
            new Span<float>(from + (start * inputs), count * (int)inputs).CopyTo(own.Resize(count, inputs).Numbers);
            weight.Multiply(own, offsets, products);
            products.Numbers.CopyTo(new Span<float>(to + (start * weight.Outputs), count * (int)weight.Outputs));
        }

        return result;
    }

    // Some outputs after the other, so that never the whole weight is written out.
    private static Tensor RunWrittenOut(Tensor states, WeightRows weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var flat = states.view(-1, weight.Inputs);
        long most = Math.Clamp(WrittenOut / weight.Inputs, 1, weight.Outputs);
        var numbers = empty([most, weight.Inputs], ScalarType.Float32);
        var result = empty([flat.shape[0], weight.Outputs], ScalarType.Float32);
        nint start = (nint)KernelRows.AddressOf(numbers); // it lives until the scope ends
        for (long first = 0; first < weight.Outputs; first += most)
        {
            long own = first;
            long count = Math.Min(most, weight.Outputs - first);
            KernelRows.Run(count, weight.Inputs, (from, endExclusive) =>
            {
                for (long i = from; i < endExclusive; i++)
                {
                    weight.Decode(own + i, (float*)start + (i * weight.Inputs));
                }
            });
            result.narrow(1, first, count).copy_(flat.matmul(numbers.narrow(0, 0, count).t()));
        }

        if (bias is not null)
        {
            result = result.Plus(bias);
        }

        return result.view([.. states.shape[..^1], weight.Outputs]).MoveToOuterDisposeScope();
    }

    /// <summary>Rows of a kept weight, [ids, inputs].</summary>
    /// <param name="weight">An embedding.</param>
    /// <param name="ids">Each below its rows.</param>
    public static Tensor Look(WeightRows weight, Tensor ids)
    {
        using var here = ids.cpu().contiguous();
        long[] all = here.data<long>().ToArray();
        var result = empty([all.Length, weight.Inputs], ScalarType.Float32);
        float* to = (float*)KernelRows.AddressOf(result);
        for (int i = 0; i < all.Length; i++)
        {
            weight.Decode(all[i], to + (i * weight.Inputs));
        }

        return result;
    }
}

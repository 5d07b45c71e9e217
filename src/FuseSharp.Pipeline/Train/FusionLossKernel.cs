using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Models.Kernels;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>Turns rows of logits into the fusion loss and its gradient, in place; the formulas stand at <see cref="FusionLoss"/>.</summary>
/// <remarks>Three passes over a row that fits the second-level cache: largest, exponentials, gradient. The gradient is rounded once.</remarks>
internal static unsafe class FusionLossKernel
{
    /// <summary>Turns logits into their gradient.</summary>
    /// <param name="logits">[n, vocabulary], contiguous; overwritten.</param>
    /// <param name="targets">Of all positions.</param>
    /// <param name="first">Position of the first row.</param>
    /// <param name="missing">What happens to mass outside the candidates.</param>
    /// <param name="divergence">Which distance the returned loss is.</param>
    /// <returns>Weighted sums of the language-model loss and of the fusion loss, nats.</returns>
    public static (double LanguageModel, double Fusion) Run(Tensor logits, LossTargets targets, long first, MissingProbability missing, FusionDivergence divergence)
        => logits.dtype == ScalarType.BFloat16 ? Run<Bfloat16Number>(logits, targets, first, missing, divergence) : Run<Float32Number>(logits, targets, first, missing, divergence);

    private static (double LanguageModel, double Fusion) Run<T>(Tensor logits, LossTargets targets, long first, MissingProbability missing, FusionDivergence divergence)
        where T : IStoredNumber
    {
        long rows = logits.shape[0];
        long vocabulary = logits.shape[1];
        byte* address = (byte*)KernelRows.AddressOf(logits);
        var losses = new (double LanguageModel, double Fusion)[rows];
        KernelRows.Run(rows, vocabulary * 4, (start, endExclusive) =>
        {
            using var exact = new AlignedRow(vocabulary);
            var corrections = new LogitCorrections(targets.K + 1);
            for (long row = start; row < endExclusive; row++)
            {
                byte* values = address + (row * vocabulary * T.Size);
                var position = new FusionLossPosition(targets, (int)(first + row));
                if (position.HasNoWeight)
                {
                    new Span<byte>(values, checked((int)(vocabulary * T.Size))).Clear();
                    continue;
                }

                float largest = LogitRow.Largest<T>(values, vocabulary);
                double sum = LogitRow.SumOfExponentials<T>(values, largest, vocabulary, exact.Start);
                losses[row] = position.Evaluate(exact.Start, sum, missing, divergence, corrections, out double factor);
                Write<T>(values, exact.Start, (float)(factor / sum), vocabulary);
                foreach (var (index, amount) in corrections.All)
                {
                    T.StoreRest(values, index, 1, Vector512.Create((float)((exact.Start[index] / sum * factor) + amount)));
                }
            }
        });
        GC.KeepAlive(logits);
        double languageModel = 0;
        double fusion = 0;
        foreach (var (lm, d) in losses) // in order, whatever the threads
        {
            languageModel += lm;
            fusion += d;
        }

        return (languageModel, fusion);
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Write<T>(byte* row, float* exact, float factor, long size)
        where T : IStoredNumber
    {
        var factors = Vector512.Create(factor);
        long i = 0;
        for (; i + 16 <= size; i += 16)
        {
            T.Store(row, i, Vector512.Load(exact + i) * factors);
        }

        if (i < size)
        {
            T.StoreRest(row, i, size - i, Vector512.Load(exact + i) * factors);
        }
    }
}

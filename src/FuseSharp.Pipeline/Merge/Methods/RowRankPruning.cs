using System.Runtime.InteropServices;
using FuseSharp.Errors;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Keeps each change with a probability that grows with the rank of its absolute value in its row (DELLA's MagPrune, Deep et al. 2024).</summary>
/// <remarks>density − ε for a row's smallest change, density + ε for its largest, straight in between. Kept changes grow as with <see cref="RandomPruning"/>, which is mergekit's way.</remarks>
/// <param name="rescales">Whether kept changes grow.</param>
internal sealed class RowRankPruning(bool rescales) : IChangePruning
{
    private const double DefaultEpsilon = 0.15; // mergekit's

    public void Prune(Tensor change, int model, MergeInputs inputs)
    {
        double density = inputs.Numbers.OfModels(p => p.Density, 1)[model];
        if (density >= 1)
        {
            return;
        }

        double epsilon = inputs.Numbers.OfModels(p => p.Epsilon, DefaultEpsilon)[model];
        if (density - epsilon <= 0 || density + epsilon >= 1)
        {
            throw new UsageException(FormattableString.Invariant($"Density {density} less or plus epsilon {epsilon} is no probability between 0 and 1, at tensor '{inputs.Name}'. Choose a smaller epsilon."));
        }

        double before = rescales ? ChangeNorm.Compute(change) : 0;
        using var generator = RandomPruning.Draw(inputs, model);
        using var matrix = change.dim() < 2 ? change.view(1, -1) : change.view(change.shape[0], -1);
        for (long row = 0; row < matrix.shape[0]; row++)
        {
            using var numbers = matrix[row];
            using var drawn = rand(numbers.shape, ScalarType.Float32, generator: generator);
            PruneRow(MemoryMarshal.Cast<byte, float>(numbers.bytes), MemoryMarshal.Cast<byte, float>(drawn.bytes), density, epsilon);
        }

        if (rescales)
        {
            ChangeNorm.Restore(change, before);
        }
    }

    private static void PruneRow(Span<float> row, ReadOnlySpan<float> drawn, double density, double epsilon)
    {
        float[] sizes = new float[row.Length];
        int[] places = new int[row.Length];
        for (int i = 0; i < row.Length; i++)
        {
            sizes[i] = Math.Abs(row[i]);
            places[i] = i;
        }

        Array.Sort(sizes, places);
        for (int rank = 0; rank < places.Length; rank++)
        {
            double way = places.Length > 1 ? (double)rank / (places.Length - 1) : 0;
            if (drawn[places[rank]] >= density - epsilon + (2 * epsilon * way))
            {
                row[places[rank]] = 0;
            }
        }
    }
}

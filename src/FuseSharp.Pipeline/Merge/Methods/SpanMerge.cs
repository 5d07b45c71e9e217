using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Merges vectors by their lengths and angles: the products of each with each are made first, the shares follow from them, then the sum.</summary>
/// <remarks>Holds all models' tensors at once.</remarks>
/// <param name="shares">How much of each vector.</param>
internal sealed class SpanMerge(ISpanShares shares) : IMergeMethod
{
    public Tensor Merge(MergeInputs inputs)
    {
        bool isOfChanges = shares.IsOfChanges(inputs.HasBase);
        var kind = shares.KindOf(inputs.Numbers);
        int free = 0;
        var from = isOfChanges || shares.StartsAtBase ? inputs.ReadBase(free++) : null;
        var vectors = new List<Tensor>();
        if (shares.StartsAtBase)
        {
            vectors.Add(from!);
        }

        for (int i = 0; i < inputs.Count; i++)
        {
            vectors.Add(isOfChanges ? inputs.Change(i, from!, free++) : inputs.Read(i, free++));
        }

        bool isTurned = kind == VectorKind.FirstDimension && vectors[0].dim() > 1;
        if (isTurned)
        {
            vectors.ForEach(v => Turn(v, inputs, free));
        }

        long rows = kind == VectorKind.Whole || vectors[0].dim() < 2 ? 1 : vectors[0].numel() / (isTurned ? vectors[0].shape[0] : vectors[0].shape[^1]);
        double[][] factors = Factors(vectors, rows, inputs);
        var merged = vectors[0];
        VectorRows.Combine(merged, factors[0], merged, new double[rows]);
        double[] ones = [.. Enumerable.Repeat(1.0, (int)rows)];
        for (int i = 1; i < vectors.Count; i++)
        {
            VectorRows.Combine(merged, ones, vectors[i], factors[i]);
        }

        if (isTurned)
        {
            TurnBack(merged, inputs, free);
        }

        return isOfChanges ? from!.add_(merged, RootedScalar.Of(1.0)) : merged;
    }

    // [vectors][rows]
    private double[][] Factors(List<Tensor> vectors, long rows, MergeInputs inputs)
    {
        int count = vectors.Count;
        double[,][] products = new double[count, count][];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                products[i, j] = products[j, i] = VectorRows.Dot(vectors[i], vectors[j], rows);
            }
        }

        double[][] factors = [.. vectors.Select(_ => new double[rows])];
        double[,] ofRow = new double[count, count];
        for (long row = 0; row < rows; row++)
        {
            for (int i = 0; i < count * count; i++)
            {
                ofRow[i / count, i % count] = products[i / count, i % count][row];
            }

            double[] found = shares.Shares(ofRow, inputs.Numbers, inputs.Name);
            for (int i = 0; i < count; i++)
            {
                factors[i][row] = found[i];
            }
        }

        return factors;
    }

    // In place, so that what runs along the first dimension lies in one piece.
    private static void Turn(Tensor numbers, MergeInputs inputs, int buffer)
    {
        using var copy = inputs.Copy(numbers, buffer);
        using var turned = copy.transpose(0, -1);
        using var place = numbers.view(turned.shape);
        place.copy_(turned);
    }

    private static void TurnBack(Tensor numbers, MergeInputs inputs, int buffer)
    {
        long[] shape = [.. numbers.shape];
        (shape[0], shape[^1]) = (shape[^1], shape[0]);
        using var copy = inputs.Copy(numbers, buffer);
        using var lying = copy.view(shape);
        using var turned = lying.transpose(0, -1);
        numbers.copy_(turned);
    }
}

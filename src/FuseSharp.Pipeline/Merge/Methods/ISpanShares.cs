namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>A merge whose result is a sum of its vectors: how much of each follows from their products with each other alone.</summary>
internal interface ISpanShares
{
    /// <summary>Whether the vectors are what models changed, and the result is added to the base; otherwise they are the models themselves.</summary>
    /// <param name="hasBase">Whether the merge has a base.</param>
    bool IsOfChanges(bool hasBase);

    /// <summary>Whether the base is the first of the vectors.</summary>
    bool StartsAtBase { get; }

    /// <summary>What a vector is.</summary>
    /// <param name="numbers">The merge's numbers at the tensor.</param>
    VectorKind KindOf(MergeNumbers numbers);

    /// <summary>How much of each vector the result holds.</summary>
    /// <param name="products">[n, n] of each vector with each other.</param>
    /// <param name="numbers">The merge's numbers at the tensor.</param>
    /// <param name="name">Name of the tensor, for messages.</param>
    /// <returns>[n].</returns>
    double[] Shares(double[,] products, MergeNumbers numbers, string name);
}

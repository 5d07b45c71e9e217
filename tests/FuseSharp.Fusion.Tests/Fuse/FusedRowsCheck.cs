using FuseSharp.Fusion.Fuse;

namespace FuseSharp.Fusion.Tests.Fuse;

/// <summary>Compares fused rows with whole distributions.</summary>
internal static class FusedRowsCheck
{
    // float32 probabilities of a few candidates, at most 1.
    private const double Tolerance = 1e-6;

    /// <summary>Every position says the same; a position without any mass has no row, and no token stands twice in one.</summary>
    public static void Equal(double[][] expected, FusedDistributions actual)
    {
        Assert.Equal(expected.Length + 1, actual.RowStarts.Length);
        Assert.Equal(actual.Indices.Length, actual.RowStarts[^1]);
        for (int t = 0; t < expected.Length; t++)
        {
            var range = actual.RowStarts[t]..actual.RowStarts[t + 1];
            var row = actual.Indices[range].Zip(actual.Probabilities[range]).ToDictionary(c => c.First, c => c.Second);
            Assert.Equal(Enumerable.Range(0, expected[t].Length).Where(v => expected[t][v] > 0), row.Keys.Order());
            Assert.All(row, c => Assert.Equal(expected[t][c.Key], c.Value, Tolerance));
        }
    }
}

using FuseSharp.Errors;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Merge.Methods;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Merge;

/// <summary>Methods on numbers that can be followed by hand.</summary>
public sealed class MergeMethodTests
{
    private const float Near = 1e-6f;

    [Fact]
    public void Sce_TwoModels_SelectsWeighsAndErases()
    {
        // Changes 2, 0, 4 | −2, 0, 0 over base 1: variances 4, 0, 4; m = 2 places differ, of which ⌊0.9 · 2⌋ = 1 stays: the first, at which both cancel to plus.
        float[] merged = MergeByHand.Merge(new SceMerge(), new() { SelectTopk = 0.9 }, [1, 1], [[1, 1, 1], [3, 1, 5], [-1, 1, 1]], [3]);

        Assert.Equal([3, 1, 1], merged); // only plus agrees: 0.5 · 2 / 0.5
    }

    [Fact]
    public void Sce_AllPlaces_WeightsAreTheirShareOfSquares()
        => Assert.Equal([1 + (((0.9f * 3) + (0.1f * 1)) / 1), 1], MergeByHand.Merge(new SceMerge(), new(), [1, 1], [[1, 1], [4, 1], [2, 1]], [2]), Tolerant); // squares 9 and 1

    [Fact]
    public void ModelStock_RightAngle_StaysAtTheBase()
        => Assert.Equal([1, 1], MergeByHand.Merge(new SpanMerge(new ModelStockShares()), new(), [1, 1], [[1, 1], [2, 1], [1, 3]], [2]), Tolerant);

    [Fact]
    public void ModelStock_HalfTheCosine_GoesTwoThirdsOfTheWay()
    {
        // Changes (2, 0) and (1, √3): cos 60° = 0.5, t = 2 · 0.5 / 1.5 = 2/3 of the mean (1.5, √3/2).
        float[] merged = MergeByHand.Merge(new SpanMerge(new ModelStockShares()), new(), [1, 1], [[0, 0], [2, 0], [1, MathF.Sqrt(3)]], [2]);

        Assert.Equal([1, MathF.Sqrt(3) / 3], merged, Tolerant);
    }

    [Fact]
    public void Nuslerp_EachRow_TurnsByItself()
    {
        // Rows at a right angle, and rows on one line: halfway sin 45° / sin 90° of each, and the mean.
        var parameters = new MergeParameters { NuslerpFlatten = false };
        float[] merged = MergeByHand.Merge(new SpanMerge(new NuSlerpShares()), parameters, [1, 1], [[1, 0, 2, 0], [0, 1, 4, 0]], [2, 2]);

        Assert.Equal([MathF.Sqrt(0.5f), MathF.Sqrt(0.5f), 3, 0], merged, Tolerant);
    }

    [Fact]
    public void Nuslerp_EachColumn_IsEachRowOfTheTransposed()
    {
        var columns = new MergeParameters { NuslerpFlatten = false, NuslerpRowWise = true };
        float[] merged = MergeByHand.Merge(new SpanMerge(new NuSlerpShares()), columns, [1, 3], [[1, 2, 0, 0, 5, 6], [0, 4, 1, 0, 7, 1]], [3, 2]);
        float[] turned = MergeByHand.Merge(new SpanMerge(new NuSlerpShares()), columns with { NuslerpRowWise = false }, [1, 3], [[1, 0, 5, 2, 0, 6], [0, 1, 7, 4, 0, 1]], [2, 3]);

        Assert.Equal([turned[0], turned[3], turned[1], turned[4], turned[2], turned[5]], merged);
    }

    [Fact]
    public void Multislerp_OfChanges_IsAddedToTheBase()
    {
        // Changes (2, 0) and (0, 4): directions meet at 45°; the sum in the plane that touches there is 0, so the direction stays; length (2 + 4)/2.
        float[] merged = MergeByHand.Merge(new SpanMerge(new MultiSlerpShares()), new(), [1, 1], [[1, 1], [3, 1], [1, 5]], [2]);

        Assert.Equal([1 + (3 * MathF.Sqrt(0.5f)), 1 + (3 * MathF.Sqrt(0.5f))], merged, Tolerant);
    }

    [Fact]
    public void Multislerp_DirectionsThatCancel_AreRefused()
        => Assert.Throws<UsageException>(() => MergeByHand.Merge(new SpanMerge(new MultiSlerpShares()), new(), [1, 1, 0], [[1, 0], [-1, 0], [0, 1]], [2]));

    [Fact]
    public void Karcher_ThreeDirections_TurnTheMeanUntilAnglesCancel()
    {
        // In a plane the mean direction is the mean angle: 0°, 0° and 90° meet at 30°.
        float[] merged = MergeByHand.Merge(new SpanMerge(new KarcherShares()), new() { MaxIter = 50, Tol = 1e-9 }, [1, 1, 1], [[2, 0], [2, 0], [0, 5]], [2]);

        Assert.Equal([3 * MathF.Cos(MathF.PI / 6), 1.5f], merged, Tolerant);
    }

    [Fact]
    public void Nearswap_WithinT_BecomesTheOther()
        => Assert.Equal([1.5f, 1.25f, 1], MergeByHand.Merge(new NearswapMerge(), new() { T = 0.5 }, [1], [[1, 1, 1], [1.5f, 2, 1]], [3]).Select((v, i) => i == 1 ? v - 0.25f : v), Tolerant);

    [Fact]
    public void ArceeFusion_OneNumberThatMatters_IsTakenOver()
    {
        // Only the first row has another softmax; of its differences 0.1, 0.1, 9 the last lies far above the quartiles.
        float[] merged = MergeByHand.Merge(new ArceeFusionMerge(), new(), [1], [[0, 0, 0, 1, 2, 3, 4, 5, 6], [0.1f, 0.1f, 9, 1.001f, 2, 3, 4, 5.001f, 6]], [3, 3]);

        Assert.Equal([9, 0], new[] { merged[2], merged[4] - 2 });
    }

    [Fact]
    public void Breadcrumbs_TenNumbers_DropsTheLargestAndTheSmallest()
    {
        using var change = tensor(new float[] { 1, -2, 3, -4, 5, -6, 7, -8, 9, -10 });

        new MagnitudePruning(rescales: false, dropsOutliers: true).Prune(change, 0, MergeByHand.Numbers(new() { Density = 0.5, Gamma = 0.2 }));

        Assert.Equal([0, 0, 0, -4, 5, -6, 7, -8, 0, 0], change.data<float>().ToArray());
    }

    [Fact]
    public void Breadcrumbs_NoRoomForOutliers_KeepsWhatTheDensitySays()
    {
        using var change = tensor(new float[] { 1, -2, 3, -4 });

        new MagnitudePruning(rescales: false, dropsOutliers: true).Prune(change, 0, MergeByHand.Numbers(new() { Density = 0.75, Gamma = 0.5 }));

        Assert.Equal([1, -2, 3, 0], change.data<float>().ToArray());
    }

    [Fact]
    public void Della_ManyRows_KeepsSmallChangesSeldomAndLargeOnesOften()
    {
        const int Rows = 4000;
        using var scope = NewDisposeScope();
        var change = tensor(new float[] { 1, -2, 3, -4, 5 }).repeat(Rows, 1);
        double before = change.abs().sum().ToDouble();

        new RowRankPruning(rescales: true).Prune(change, 0, MergeByHand.Numbers(new() { Density = 0.5, Epsilon = 0.4 }));

        double[] kept = [.. change.ne(0).to_type(ScalarType.Float64).mean([0]).data<double>()];
        Assert.Equal([0.1, 0.3, 0.5, 0.7, 0.9], kept, (expected, found) => Math.Abs(expected - found) < 4 * Math.Sqrt(0.25 / Rows)); // four standard errors of the widest
        Assert.Equal(before, change.abs().sum().ToDouble(), before * 1e-5);
    }

    [Fact]
    public void Della_EpsilonTooLarge_IsRefused()
    {
        using var change = ones(4);

        Assert.Contains("Choose a smaller epsilon", Assert.Throws<UsageException>(() => new RowRankPruning(true).Prune(change, 0, MergeByHand.Numbers(new() { Density = 0.1 }))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.3", "model.layers.0.mlp.x", 0.7, 0.3)]
    [InlineData("[0, 1]", "x", 0.25, 0.25)]
    [InlineData("[0, 1, 5]", "x", 0.75, 3)]
    [InlineData("[{ filter: mlp, value: 0.2 }, { value: [0, 1] }]", "model.layers.0.mlp.x", 0.5, 0.2)]
    [InlineData("[{ filter: mlp, value: 0.2 }, { value: [0, 1] }]", "model.layers.0.attn.x", 0.5, 0.5)]
    [InlineData("[{ filter: mlp, value: 0.2 }, { filter: '*', value: 4 }]", "norm", 0, 4)]
    [InlineData("[{ filter: mlp, value: 0.2 }]", "norm", 0, 1)] // none fits: the method's default
    public void Numbers_InMergekitsForms_AreThoseOfTheTensor(string form, string tensor, double t, double expected)
    {
        string yaml = $"merge_method: linear\nmodels: [{{ model: a, parameters: {{ weight: {form} }} }}]\n";
        var options = FuseSharp.Storage.Yaml.YamlRecord.Read<MergeOptions>(yaml, "merge.yaml", "models");

        Assert.Equal(expected, options.Models[0].Parameters.Weight!.At(tensor, t) ?? 1, 12);
    }

    private static bool Tolerant(float expected, float found) => Math.Abs(expected - found) < Near;
}

using FuseSharp.Models.Generate;
using FuseSharp.Models.Kernels;


namespace FuseSharp.Models.Tests.Generate;

public class DrawSeedTests
{
    [Fact]
    public void Of_NeighbouringSeedsRequestsAndChoices_AreAllDifferent()
    {
        long[] seeds = [-1000, -43, -42, -2, 0, 1, 2, 41, 42, 43, 4294967297, long.MaxValue, long.MinValue];
        var all = seeds.SelectMany(s => Enumerable.Range(0, 60).SelectMany(i => Enumerable.Range(0, 20).Select(j => DrawSeed.Derive(s, i, j)))).ToList();

        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.Equal(DrawSeed.Derive(42, 3, 4), DrawSeed.Derive(42, 3, 4));
        Assert.NotEqual(DrawSeed.Derive(42, 3, 4), DrawSeed.Derive(42, 4, 3));
        Assert.DoesNotContain(DrawSeed.FromSystem, all);
    }

    [Fact]
    public void Of_MinusOne_IsAnotherEachTime() => Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => DrawSeed.Derive(DrawSeed.FromSystem, 0)).Distinct().Count());

    [Fact]
    public void Next_OppositeAndDistantSeeds_DrawOtherTokens()
    {
        static string Draw(long seed)
        {
            var sampler = new Sampler(new GenerateOptions { Temperature = 1, TopP = 1, Seed = seed });
            return string.Join(' ', Enumerable.Range(0, 40).Select(_ => sampler.Next(new float[50], [])));
        }

        Assert.Equal(7, new long[] { 1, 2, -2, 7, -7, 4294967297, 8589934593 }.Select(Draw).Distinct().Count());
    }

    [Fact]
    public void Next_ManyDraws_AreUniform()
    {
        // 100,000 draws in 20 bins: 5,000 each, standard deviation √(100,000 · 0.05 · 0.95) = 69
        var draws = new SeededDraws(42);
        int[] bins = new int[20];
        for (int i = 0; i < 100_000; i++)
        {
            bins[(int)(20 * draws.Next())]++;
        }

        Assert.All(bins, n => Assert.InRange(n, 5_000 - 350, 5_000 + 350));
    }
}

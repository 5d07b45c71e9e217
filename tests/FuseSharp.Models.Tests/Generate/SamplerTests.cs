using FuseSharp.Models.Generate;


namespace FuseSharp.Models.Tests.Generate;

public sealed class SamplerTests
{
    // Probabilities 0.5, 0.25, 0.125, 0.125 of tokens 2, 0, 1, 3.
    private static float[] Logits => [MathF.Log(0.25f), MathF.Log(0.125f), MathF.Log(0.5f), MathF.Log(0.125f)];

    [Fact]
    public void Next_TemperatureZero_TakesTheLargestAndTheFirstOfEqualOnes()
    {
        var sampler = new Sampler(new GenerateOptions { Temperature = 0 });

        Assert.Equal(2, sampler.Next(Logits, []));
        Assert.Equal(1, sampler.Next([0f, 3f, 3f], []));
    }

    [Fact]
    public void Next_TemperatureOne_DrawsInProportion()
    {
        int[] counts = Draw(new GenerateOptions { Temperature = 1, TopP = 1 }, 20_000);

        // Four standard errors of the most likely token: 4·√(0.5·0.5/20,000) = 0.014.
        Assert.Equal(0.5, counts[2] / 20_000.0, 0.014);
        Assert.Equal(0.25, counts[0] / 20_000.0, 0.014);
        Assert.Equal(0.125, counts[3] / 20_000.0, 0.014);
    }

    [Fact]
    public void Next_TopP_KeepsTheSmallestSetThatReachesIt()
    {
        int[] counts = Draw(new GenerateOptions { Temperature = 1, TopP = 0.7 }, 2_000); // 0.5 is less than 0.7, 0.5 + 0.25 reaches it

        Assert.Equal([0, 0], [counts[1], counts[3]]);
        Assert.True(counts[0] > 0 && counts[2] > 0);
    }

    [Fact]
    public void Next_TopK_KeepsSoMany()
    {
        int[] counts = Draw(new GenerateOptions { Temperature = 1, TopP = 1, TopK = 1 }, 100);

        Assert.Equal([0, 0, 100, 0], counts);
    }

    [Fact]
    public void Next_RepetitionPenalty_DividesPositiveAndMultipliesNegativeLogits()
    {
        var sampler = new Sampler(new GenerateOptions { Temperature = 0, RepetitionPenalty = 2 });

        // 3/2 = 1.5 < 2; −1·2 = −2 < −1.5
        Assert.Equal(1, sampler.Next([3f, 2f], [0]));
        Assert.Equal(1, sampler.Next([-1f, -1.5f], [0]));
    }

    [Fact]
    public void Next_SameSeed_DrawsTheSame()
        => Assert.Equal(Draw(new GenerateOptions { Temperature = 1, Seed = 7 }, 50), Draw(new GenerateOptions { Temperature = 1, Seed = 7 }, 50));

    private static int[] Draw(GenerateOptions options, int times)
    {
        var sampler = new Sampler(options);
        int[] counts = new int[4];
        for (int i = 0; i < times; i++)
        {
            counts[sampler.Next(Logits, [])]++;
        }

        return counts;
    }
}

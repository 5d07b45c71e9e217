using FuseSharp.Pipeline.Train;


namespace FuseSharp.Pipeline.Tests.Train;

public class TrainLengthTests
{
    [Theory]
    [InlineData(97, 1, 8, 13)] // 97 / 8 = 12.1
    [InlineData(97, 12, 8, 156)]
    [InlineData(1_600, 1, 16, 100)] // 1600 / 16 = 100, 1600 / 32 = 50
    [InlineData(12_800, 1, 128, 100)]
    [InlineData(12_672, 1, 64, 198)] // 12,672 / 128 = 99 steps, one too few
    [InlineData(1_000_000, 1, 128, 7_813)]
    [InlineData(3, 1, 8, 1)]
    public void Of_NoBatchSize_ChoosesOneThatLeavesAHundredSteps(int blocks, int epochs, int batch, int steps)
    {
        var length = TrainLength.Compute(new TrainOptions { Epochs = epochs }, blocks);

        Assert.Equal((batch, steps), (length.BatchSize, length.Steps));
        Assert.Equal(steps, new TrainPlan(new TrainOptions { Epochs = epochs }, blocks).Steps);
    }

    [Fact]
    public void Of_ReferenceSettings_IsThePublishedBatch() => Assert.Equal(128, TrainLength.Compute(TrainOptions.OfReference(), 97).BatchSize);

    [Fact]
    public void Warning_FewSteps_GivesTheNumbers()
    {
        Assert.Equal("Training has too few steps to learn much: batch 128 of 97 blocks, 2 epochs: 2 steps. Give more text, raise train.epochs, or lower train.batch_size.",
            TrainLength.Compute(new TrainOptions { BatchSize = 128, Epochs = 2 }, 97).Warning);
        Assert.Null(new TrainLength(160, 8, 1).Warning); // 20 steps
        Assert.NotNull(new TrainLength(152, 8, 1).Warning); // 19
    }

    [Theory]
    [InlineData(LearningRateSchedule.Cosine)]
    [InlineData(LearningRateSchedule.Linear)]
    [InlineData(LearningRateSchedule.Constant)]
    public void LearningRateOf_AnyNumberOfSteps_IsNeverZero(LearningRateSchedule schedule)
    {
        foreach (int blocks in new[] { 1, 2, 3, 10, 200 })
        {
            foreach (var options in new[] { new TrainOptions(), new TrainOptions { WarmupRatio = 1 }, new TrainOptions { WarmupSteps = 1000 }, new TrainOptions { WarmupRatio = 0 } })
            {
                var plan = new TrainPlan(options with { BatchSize = 1, LearningRate = 1e-5, Schedule = schedule }, blocks);
                Assert.All(Enumerable.Range(0, plan.Steps), s => Assert.InRange(plan.LearningRateOf(s), 1e-12, 1e-5));
            }
        }
    }
}

using CsCheck;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Fusion.Tests.Align;

public sealed class ResampledCrossEntropyTests
{
    [Fact]
    public void Of_LongSourceToken_IsSharedByBytes()
        // un|believ|able against un|believable: 3 nats for 10 bytes, 6 and 4 of them
        => Equal([1.8f, 1.2f, 0], ResampledCrossEntropy.Compute([2, 8, 12], Source([2, 12], [3, 0])));

    [Fact]
    public void Of_ShortSourceTokens_AddUp()
        // un|believable against un|be|lie|vable
        => Equal([6, 0], ResampledCrossEntropy.Compute([2, 12], Source([2, 4, 7, 12], [1, 2, 3, 0])));

    [Fact]
    public void Of_CrossingTokens_AreSharedByBytes()
        // aa|bbcc|dd against aa|bbc|cdd: 3 nats for bbc, 6 for cdd, whose first byte is the second token's
        => Equal([3 + 2, 4, 0], ResampledCrossEntropy.Compute([2, 6, 8], Source([2, 5, 8], [3, 6, 0])));

    [Fact]
    public void Of_EndOfText_IsPaidAtTheLastPositionThatPredicts()
        // ab|cd|</s> against abcd|</s>
        => Equal([0, 5, 0], ResampledCrossEntropy.Compute([2, 4, 4], Source([4, 4], [5, 0])));

    [Fact]
    public void Of_SourceTokenOfNoBytesBeforeAWord_IsPaidWithTheWord()
        // a|b|c against a, a bare word marker, b, c
        => Equal([7 + 1, 2, 0], ResampledCrossEntropy.Compute([1, 2, 3], Source([1, 1, 2, 3], [7, 1, 2, 0])));

    [Fact]
    public void Of_FirstTokenOfTheTarget_IsPredictedByNothing()
        // abc|d against a|bc|d: what the source paid for bc has no position
        => Equal([2, 0], ResampledCrossEntropy.Compute([3, 4], Source([1, 3, 4], [9, 2, 0])));

    [Fact]
    public void Of_TargetOfOneToken_IsNothing() => Equal([0], ResampledCrossEntropy.Compute([4], Source([2, 4], [3, 0])));

    [Fact]
    public void Of_RandomCuts_IsTheSumOverBytes()
    {
        // Every byte of a text of 20 ends a token or not; both texts end with a token of no bytes.
        var cuts = Gen.Bool.Array[19].Select(ends => Enumerable.Range(1, 19).Where(b => ends[b - 1]).Concat([20, 20]).ToArray());
        Gen.Select(cuts, cuts, Gen.Int[0, 9].Array[21]).Sample((target, source, nats) =>
        {
            float[] paid = [.. source.Select((_, t) => t == source.Length - 1 ? 0 : (float)nats[t])];

            float[] carried = ResampledCrossEntropy.Compute(target, Source(source, paid));

            double[] bytes = new double[21]; // what the source paid for each byte, and at [20] for the end of the text
            for (int t = 0; t + 1 < source.Length; t++)
            {
                for (int b = source[t]; b < source[t + 1]; b++)
                {
                    bytes[b] = (double)paid[t] / (source[t + 1] - source[t]);
                }
            }

            bytes[20] = paid[^2];
            for (int t = 0; t + 2 < target.Length; t++)
            {
                double expected = Enumerable.Range(target[t], target[t + 1] - target[t]).Sum(b => bytes[b]);
                Assert.Equal(expected, carried[t], 1e-5);
            }

            Assert.Equal(bytes[20], carried[^2], 1e-5);
            Assert.Equal(0, carried[^1]);
            if (source[0] >= target[0])
            {
                Assert.Equal(paid.Sum(), carried.Sum(), 1e-4); // nothing was paid for bytes that no position predicts
            }
        }, iter: 500);
    }

    private static void Equal(float[] expected, float[] actual) => Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) < 1e-6f);

    private static Representation Source(int[] ends, float[] nats) => new(default, new int[ends.Length], ends, new(0, [], [], new float[ends.Length]), nats);
}

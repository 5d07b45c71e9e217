using FuseSharp.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Networks;

public sealed class CausalAttentionTests
{
    [Theory]
    [InlineData(9, 9, null)]  // plain: is_causal
    [InlineData(1, 9, null)]  // one token sees all
    [InlineData(1, 9, 4L)]    // and with a window the last four, which are cut out
    [InlineData(9, 9, 9L)]    // a window as long as the text
    public void MaskOf_WhereIsCausalServes_MakesNone(long tokens, long read, long? window)
        => Assert.Null(CausalAttention.MaskOf(tokens, read, window, zeros(1)));

    [Theory]
    [InlineData(9, 9, null)]
    [InlineData(9, 9, 4L)]
    [InlineData(9, 9, 1L)]
    [InlineData(1, 9, null)]
    [InlineData(1, 9, 4L)]
    [InlineData(3, 9, null)]
    [InlineData(3, 9, 4L)]
    [InlineData(3, 4, 20L)]
    public void Mix_SeesWhatItMay(long tokens, long read, long? window)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var q = randn(2, 4, tokens, 8);
        var k = randn(2, 2, read, 8);
        var v = randn(2, 2, read, 8);

        var mixed = CausalAttention.Attend(q, k, v, CausalAttention.MaskOf(tokens, read, window, q), window, 0.3).view(2, tokens, 4, 8);

        for (long t = 0; t < tokens; t++)
        {
            long own = read - tokens + t;
            long first = Math.Max(0, own + 1 - (window ?? read));
            for (int h = 0; h < 4; h++)
            {
                var keys = k[.., (long)(h / 2), (int)first..(int)(own + 1)];                 // [2, seen, 8]
                var weights = (keys * q[.., (long)h, t].unsqueeze(1)).sum(-1).mul(0.3).softmax(-1).unsqueeze(-1);
                var expected = (weights * v[.., (long)(h / 2), (int)first..(int)(own + 1)]).sum(1);
                Assert.InRange((mixed[.., t, (long)h] - expected).abs().max().ToDouble(), 0, 1e-5);
            }
        }
    }

    [Theory]
    [InlineData(4, 8, 8)]
    [InlineData(6, 700, 16)]
    public void AlibiWiden_IsTheBias(int heads, long tokens, long size)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        float[] slopes = AlibiBias.Slopes(heads, 8);
        var q = randn(2, heads, tokens, size);
        var k = randn(2, heads, tokens, size);
        var v = randn(2, heads, tokens, size);

        var expected = CausalAttention.Attend(q, k, v, AlibiBias.Create(slopes, tokens, tokens, q), scale: 0.2).unflatten(2, [heads, -1]);
        var (wideQ, wideK, wideV) = AlibiBias.Widen(slopes, q, k, v, 0.2);
        var actual = CausalAttention.Attend(wideQ, wideK, wideV, null).unflatten(2, [heads, -1]);

        Assert.InRange((actual.narrow(3, 0, size) - expected).abs().max().ToDouble(), 0, 1e-4);
        Assert.Equal(0, actual.narrow(3, size, 8).abs().max().ToDouble());
    }

    [Fact]
    public void Slopes_AreThoseOfThePaper()
    {
        Assert.Equal([0.5f, 0.25f, 0.125f, 0.0625f, 0.03125f, 0.015625f, 0.0078125f, 0.00390625f], AlibiBias.Slopes(8, 8));
        Assert.Equal([0.25f, 0.0625f, 0.5f], AlibiBias.Slopes(3, 4).Select(s => MathF.Round(s, 4)));
    }
}

using FuseSharp.Fusion.Fuse;

namespace FuseSharp.Fusion.Tests.Fuse;

public sealed class RowProbabilitiesTests
{
    private static readonly float[] _logs = [MathF.Log(0.5f), MathF.Log(0.25f)];

    [Fact]
    public void Write_LogProbabilities_AreTheirProbabilitiesAndLeaveTheRestOpen()
        => Check(new(renormalizes: false), _logs, 0.75, 0.5, 0.25);

    [Fact]
    public void Write_LogProbabilitiesALittleAboveOne_AreScaledToOne()
        => Check(new(renormalizes: false), [MathF.Log(0.75f), MathF.Log(0.45f)], 1, 0.625, 0.375); // 0.75/1.2, 0.45/1.2

    [Fact]
    public void Write_Renormalizing_IsTheSoftmaxOverTheRow()
        => Check(new(renormalizes: true), _logs, 1, 2.0 / 3, 1.0 / 3);

    [Fact]
    public void Write_Temperature_DividesBeforeTheSoftmax()
        => Check(new(renormalizes: true, temperature: 0.5), _logs, 1, 0.8, 0.2); // squares: ¼ : 1/16 = 4 : 1

    [Fact]
    public void Write_LargeLogits_DoNotOverflow()
        => Check(new(renormalizes: true), [1000, 999], 1, 1 / (1 + Math.Exp(-1)), 1 / (1 + Math.E));

    [Fact]
    public void Write_EmptyRow_WritesNothing()
    {
        new RowProbabilities(renormalizes: true).Write([], []);
        Assert.Equal(0, new RowProbabilities(renormalizes: false).Write([], []));
    }

    [Fact]
    public void Write_Reference_RoundsLogitsAndProbabilitiesToBfloat16()
    {
        // 1.001 is 1 in bfloat16, so both logits are equal: ½ and ½ instead of 0.50025.
        Check(new(true, 1, new FusionSettings(TeacherSelection.Block, RoundsLikeReference: true)), [1.001f, 1], 1, 0.5, 0.5);
        // Thirds: 0.33333 has steps of 1/512 in bfloat16: 171/512 = 0.33398.
        Check(new(true, 1, new FusionSettings(TeacherSelection.Block, RoundsLikeReference: true)), [2, 2, 2], 513.0 / 512, 171.0 / 512, 171.0 / 512, 171.0 / 512);
    }

    private static void Check(RowProbabilities probabilities, float[] scores, double sum, params double[] expected)
    {
        float[] written = new float[scores.Length];

        Assert.Equal(sum, probabilities.Write(scores, written), 1e-6);
        Assert.Equal(expected, written.Select(p => (double)p), (a, b) => Math.Abs(a - b) < 1e-6);
    }
}

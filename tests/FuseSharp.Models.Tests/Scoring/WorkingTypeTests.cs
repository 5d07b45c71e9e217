using FuseSharp.Models.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Scoring;

public sealed class WorkingTypeTests
{
    [Theory]
    [InlineData(Precision.Float32, ScalarType.Float32)]
    [InlineData(Precision.Bfloat16, ScalarType.BFloat16)]
    public void Resolve_NamedType_IsThatOne(Precision precision, ScalarType expected)
    {
        Assert.Equal(expected, WorkingType.Resolve(precision, CPU));
        Assert.Equal(precision, WorkingType.Choose(precision, CPU));
    }

    [Fact]
    public void Resolve_AutoOnTheProcessor_IsWhatWasMeasuredOnce()
    {
        var rates = MatrixRates.OfThisProcessor;

        Assert.Same(rates, MatrixRates.OfThisProcessor);
        Assert.InRange(rates.Float32, 1e6, 1e15);
        Assert.InRange(rates.Bfloat16, 1e6, 1e15);
        Assert.Equal(rates.Gain >= WorkingType.LeastGain ? ScalarType.BFloat16 : ScalarType.Float32, WorkingType.Resolve(Precision.Auto, CPU));
        Assert.NotEqual(Precision.Auto, WorkingType.Choose(Precision.Auto, CPU));
    }

    [Fact]
    public void ShortestTime_AsksAfterEachProduct()
    {
        var asked = new List<int>();

        double time = MatrixRates.ShortestTime(ScalarType.Float32, CPU, 4, 8, 16, n =>
        {
            asked.Add(n);
            return n < 3;
        });

        Assert.Equal([1, 2, 3], asked);
        Assert.InRange(time, 1e-9, 60);
    }
}

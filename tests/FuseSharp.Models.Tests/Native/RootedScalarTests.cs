using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Native;

public sealed class RootedScalarTests
{
    [Fact]
    public async Task Of_WhileAnotherThreadCollectsGarbage_StaysReadable()
    {
        using var stop = new CancellationTokenSource();
        var collector = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        using var scope = NewDisposeScope();
        var threeOnes = ones(3);
        try
        {
            for (int i = 0; i < 20_000; i++)
            {
                using var inner = NewDisposeScope();

                float result = threeOnes.mul(RootedScalar.Of((double)i)).Plus(threeOnes).Plus(2.0).sum().item<float>();

                Assert.Equal(3f * (i + 3), result);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await collector;
        }
    }

    [Fact]
    public void Range_FromToNumbers_IsWhatArangeGives()
    {
        using var scope = NewDisposeScope();

        var range = TensorSums.Range(3, 7, ScalarType.Int64, CPU);

        Assert.Equal([3L, 4, 5, 6], range.data<long>().ToArray());
    }
}

using FuseSharp.Models.Native;
using FuseSharp.Pipeline.Train.Exchange;
using FuseSharp.Storage.Ranks;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train.Exchange;

/// <summary>What ranks exchange in a test, and what must come of it: the same over every transport.</summary>
/// <param name="Name">In messages.</param>
/// <param name="Type">In which gradients travel.</param>
/// <param name="BucketNumbers">Numbers of a bucket.</param>
/// <param name="Kept">Micro-batches that are summed before the exchange.</param>
internal sealed record ExchangeCase(string Name, ExchangeType Type, long BucketNumbers, int Kept)
{
    // 35 + 3 + 22 + 1 + 4 = 65 numbers: no number of ranks but 1, 5 and 13 divides them.
    private static readonly long[][] _shapes = [[5, 7], [3], [11, 2], [1, 1], [4]];
    private const int Silent = 3; // this parameter gets no gradient

    public static IReadOnlyList<ExchangeCase> All { get; } =
    [
        new("a bucket for each number", ExchangeType.Float32, 1, 0),
        new("buckets of 7", ExchangeType.Float32, 7, 0),
        new("buckets of 7, three micro-batches", ExchangeType.Float32, 7, 2),
        new("one bucket", ExchangeType.Float32, FlatParameters.BucketNumbers, 1),
        new("bfloat16, buckets of 7", ExchangeType.Bfloat16, 7, 0),
        new("bfloat16, one bucket, two micro-batches", ExchangeType.Bfloat16, FlatParameters.BucketNumbers, 1),
    ];

    /// <summary>Exchanges small whole numbers, whose sums are exact in every type and order, then weights; then random ones.</summary>
    public void Check(IProcessGroup ranks, Func<IGradientTransport> transport)
    {
        CheckWholeNumbers(ranks, transport());
        CheckRandomNumbers(ranks, transport());
    }

    private void CheckWholeNumbers(IProcessGroup ranks, IGradientTransport transport)
    {
        using var scope = NewDisposeScope();
        Tensor[] parameters = [.. _shapes.Select(s => zeros(s).fill_(RootedScalar.Of(ranks.Rank)).requires_grad_())];
        var flat = new FlatParameters(parameters, ranks.Count, BucketNumbers);
        var share = zeros(flat.Layout.ShareOf(ranks.Rank));
        using var exchange = new GradientExchange(flat, transport, ranks.Rank, Type, share);
        void Gradients()
        {
            foreach (var (i, parameter) in parameters.Index().Where(p => p.Index != Silent))
            {
                parameter.grad = arange(parameter.numel(), ScalarType.Float32).view(parameter.shape).mul(RootedScalar.Of(ranks.Rank + 1));
            }
        }

        for (int round = 0; round < 2; round++) // the second adds to the first
        {
            for (int kept = 0; kept < Kept; kept++)
            {
                Gradients();
                exchange.Keep();
            }

            Gradients();
            exchange.Finish(isEmpty: round == 0);
        }

        exchange.GatherWeights();

        float factor = 2 * (Kept + 1) * Enumerable.Range(1, ranks.Count).Sum(); // 0, 1, 2 … in each parameter, times 1 for rank 0, 2 for rank 1 …
        float[] Sums(int i) => [.. Enumerable.Range(0, (int)parameters[i].numel()).Select(n => i == Silent ? 0 : n * factor)];
        float[] sums = [.. Sums(0), .. Sums(2), .. Sums(3), .. Sums(1), .. Sums(4)]; // matrices stand first
        Assert.Equal([.. flat.Layout.PartsOf(ranks.Rank).SelectMany(p => sums.Skip((int)p.Start).Take((int)p.Count))], share.data<float>().ToArray());
        float[] owners = new float[sums.Length]; // every weight is as its owner had it
        for (int rank = 0; rank < ranks.Count; rank++)
        {
            foreach (var (start, _, count) in flat.Layout.PartsOf(rank))
            {
                owners.AsSpan((int)start, (int)count).Fill(rank);
            }
        }

        Assert.Equal(owners, parameters.OrderBy(p => p.dim() < 2).SelectMany(p => p.data<float>().ToArray()));
    }

    private void CheckRandomNumbers(IProcessGroup ranks, IGradientTransport transport)
    {
        const int Count = 1000;
        using var scope = NewDisposeScope();
        float[][] gradients = [.. Enumerable.Range(0, ranks.Count).Select(r =>
        {
            var random = new Random(r);
            return Enumerable.Range(0, Count).Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray();
        })];
        var parameter = zeros(Count).requires_grad_();
        parameter.grad = tensor(gradients[ranks.Rank]);
        var flat = new FlatParameters([parameter], ranks.Count, Math.Max(BucketNumbers, 50));
        var share = zeros(flat.Layout.ShareOf(ranks.Rank));
        using var exchange = new GradientExchange(flat, transport, ranks.Rank, Type, share);
        exchange.Finish(isEmpty: true);

        float[] own = share.data<float>().ToArray();
        foreach (var (start, inShare, count) in flat.Layout.PartsOf(ranks.Rank))
        {
            for (int i = 0; i < count; i++)
            {
                double exact = gradients.Sum(g => (double)g[start + i]);
                double size = gradients.Sum(g => Math.Abs((double)g[start + i]));

                // Half a unit in the last of 8 or 24 bits for each rank's number, and for each sum on the way.
                Assert.InRange(own[inShare + i] - exact, -size * Tolerance, size * Tolerance);
                Assert.True(transport is not HostTransport || own[inShare + i] == InOrder(gradients, (int)start + i), $"{Name}: another order of sums");
            }
        }
    }

    private double Tolerance => Type == ExchangeType.Bfloat16 ? 2.0 / 256 : 4.0 / (1 << 24);

    // As documented: rank 0's number first, sums in float32.
    private float InOrder(float[][] gradients, int at)
        => gradients.Select(g => Type == ExchangeType.Float32 ? g[at] : Rounded(g[at])).Aggregate((a, b) => a + b);

    // To the nearest bfloat16, ties to the even one.
    private static float Rounded(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }
}

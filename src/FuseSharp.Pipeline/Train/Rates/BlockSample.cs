using FuseSharp.Fusion.Records;

namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>Some blocks of a training, some of them perhaps several times.</summary>
/// <param name="all">All blocks.</param>
/// <param name="chosen">Their numbers.</param>
internal sealed class BlockSample(IBlockSource all, int[] chosen) : IBlockSource
{
    /// <inheritdoc/>
    public int Count => chosen.Length;

    /// <inheritdoc/>
    public IReadOnlyList<string> Teachers => all.Teachers;

    /// <summary>Those that a training reads first, in the order of its seed.</summary>
    /// <param name="all">All blocks.</param>
    /// <param name="options">Of the training, with its batch size.</param>
    /// <param name="steps">How many steps' worth.</param>
    public static BlockSample First(IBlockSource all, TrainOptions options, int steps)
    {
        var plan = new TrainPlan(options, all.Count);
        int wanted = steps * options.BatchSize;
        var chosen = new List<int>(wanted);
        for (int s = 0; chosen.Count < wanted; s++)
        {
            chosen.AddRange(plan.BlocksOf(s)); // of later epochs where one is not enough: they never end
        }

        return new BlockSample(all, [.. chosen.Take(wanted)]);
    }

    /// <inheritdoc/>
    public PackedBlock Read(int index) => all.Read(chosen[index]);
}

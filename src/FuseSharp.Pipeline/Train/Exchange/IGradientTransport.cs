using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>Moves numbers between ranks. All ranks begin the same things in the same order.</summary>
internal interface IGradientTransport : IDisposable
{
    /// <summary>What messages call it.</summary>
    string Name { get; }

    /// <summary>Where what it moves must lie.</summary>
    Device Device { get; }

    /// <summary>Begins to sum what all ranks have, and to leave each its part of the sums.</summary>
    /// <param name="bucket">[ranks, part] float32 or bfloat16, not to be changed before the sum is there.</param>
    IPendingSum BeginReduceScatter(Tensor bucket);

    /// <summary>Gives everyone everyone's part.</summary>
    /// <param name="bucket">[ranks, part] of any type; this rank's part stands at its place already.</param>
    void AllGather(Tensor bucket);
}

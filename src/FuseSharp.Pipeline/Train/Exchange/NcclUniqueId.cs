using System.Runtime.CompilerServices;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>What all ranks of a communicator are given by rank 0: 128 bytes, passed by value.</summary>
[InlineArray(Length)]
internal struct NcclUniqueId
{
    /// <summary>NCCL_UNIQUE_ID_BYTES.</summary>
    public const int Length = 128;

    private byte _first;
}

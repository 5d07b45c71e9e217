namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>Number types by the numbers of nccl.h.</summary>
internal enum NcclType
{
    /// <summary>A byte: what is only moved.</summary>
    Uint8 = 1,

    /// <summary>float32.</summary>
    Float32 = 7,

    /// <summary>bfloat16.</summary>
    Bfloat16 = 9,
}

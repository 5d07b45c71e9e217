using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>A sum on its way.</summary>
internal interface IPendingSum
{
    /// <summary>Helps it along where the transport moves only while it is asked.</summary>
    void Advance();

    /// <summary>Waits for it.</summary>
    /// <returns>[part] float32 or bfloat16, in the caller's dispose scope.</returns>
    Tensor Finish();
}

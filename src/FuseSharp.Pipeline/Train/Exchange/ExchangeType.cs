namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>Number type in which ranks send each other gradients.</summary>
public enum ExchangeType
{
    /// <summary>float32: what ranks sum is what one process sums, up to the order.</summary>
    Float32,

    /// <summary>bfloat16: half the bytes; every rank's gradient is rounded to 8 bits before the sum.</summary>
    Bfloat16,
}

using TorchSharp;

namespace FuseSharp.Models.Kernels;

/// <summary>How many positions have their logits in memory at once: those of all would take far more than the model.</summary>
public static class HeadChunk
{
    // 16 MB of bfloat16 logits stay in a processor's last-level cache, and 128 rows keep its products busy.
    private const long LogitsOnProcessor = 8L << 20;
    private const long LeastRows = 128;

    // A graphics processor waits at each chunk for its sums: 512 MB of float32 logits at a time.
    private const long LogitsElsewhere = 128L << 20;

    /// <summary>Rows of a chunk, at least 128.</summary>
    /// <param name="vocabulary">Logits of a position.</param>
    /// <param name="device">Where they are.</param>
    public static long Rows(long vocabulary, DeviceType device) => Math.Max(LeastRows, (device == DeviceType.CPU ? LogitsOnProcessor : LogitsElsewhere) / vocabulary);
}

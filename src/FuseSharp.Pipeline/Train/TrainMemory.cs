using FuseSharp.Models.Architectures;
using FuseSharp.Models.Kernels;
using FuseSharp.Pipeline.Train.Exchange;
using TorchSharp;

namespace FuseSharp.Pipeline.Train;

/// <summary>Where the memory of a training goes, bytes at the peak of each rank.</summary>
/// <param name="Weights">In the working type; frozen maps in NF4 with <see cref="TrainMode.Qlora"/>.</param>
/// <param name="Optimizer">Of what learns: this rank's share of master weights, gradients and two moments in float32.</param>
/// <param name="Activations">Kept for the way back, on which gradients in the working type take their place: whichever is more.</param>
/// <param name="Work">Scores of a block of queries, logits of a chunk, the head's gradient.</param>
/// <param name="Exchange">Between ranks: buckets on their way and, where gradients of several micro-batches are to be exchanged once a step, their whole float32 sum. 0 for a single process.</param>
public sealed record TrainMemory(double Weights, double Optimizer, double Activations, double Work, double Exchange)
{
    private const double Nf4Bytes = 0.5 + (1.0 / 64) + (4.0 / (64 * 256)); // codes, scales, scales of scales
    private const int QueriesPerBlock = 128;

    // Runtime, libtorch and its compiled kernels: measured by bench plan.
    private const double Fixed = 30e6;

    /// <summary>All of it, the process itself included.</summary>
    public double Total => Weights + Optimizer + Activations + Work + Exchange + Fixed;

    /// <summary>Estimates a training.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="options">How; <see cref="TrainOptions.ExchangeOnce"/> left open counts the least, an exchange after each micro-batch.</param>
    /// <param name="length">Tokens of a block.</param>
    /// <param name="bytes">Of a number in the working type.</param>
    /// <param name="ranks">Processes that train together.</param>
    public static TrainMemory Compute(ModelCounts model, TrainOptions options, int length, int bytes, int ranks = 1)
    {
        int batch = options.BatchSize > 0 ? options.BatchSize : TrainLength.PublishedBatchSize; // the most that is chosen
        long blocks = options.MicroBatchSize == 0 ? (batch + ranks - 1) / ranks : options.MicroBatchSize;
        double tokens = blocks * (double)length;
        double mapWeights = (double)model.Maps.Sum(m => m.Inputs * m.Outputs);
        double learns = Learns(model, options);
        double frozen = options.Mode == TrainMode.Full ? 0 : model.Weights;
        double weights = options.Mode switch
        {
            TrainMode.Full => learns * bytes,
            TrainMode.Lora => (frozen + learns) * bytes,
            _ => ((frozen - mapWeights + learns) * bytes) + (mapWeights * Nf4Bytes),
        };
        // Beside each map its adapter's narrow states; what drops out is kept as a mask and as what is left.
        double adapted = options.Mode == TrainMode.Full ? 0 : ((2.0 * model.Maps.Count * options.Lora.Rank) + (options.Lora.Dropout > 0 ? 2.0 * model.Maps.Sum(m => m.Inputs) : 0)) / model.Layers;
        double layer = (model.SavedPerToken + adapted) * tokens * bytes;
        double between = model.Hidden * tokens * bytes;
        double activations = options.GradientCheckpointing ? Math.Max(model.Layers * between, learns * bytes) + layer : Math.Max(model.Layers * layer, learns * bytes);
        double scores = 4 * blocks * model.Heads * (double)QueriesPerBlock * length * bytes;
        double rows = Math.Min(tokens, HeadChunk.Rows(model.Vocabulary, DeviceType.CPU));
        double headGradient = options.Mode == TrainMode.Full ? model.HeadWeights * (4.0 + bytes) : 0;
        double onTheWay = tokens * bytes * ((4 * model.Hidden) + (3 * model.Maps.Max(m => m.Inputs)));
        double dequantized = options.Mode == TrainMode.Qlora ? model.Maps.Max(m => m.Inputs * m.Outputs) * (8.0 + bytes) : 0;
        return new TrainMemory(weights, learns * 16.0 / ranks, activations, scores + (2 * rows * model.Vocabulary * bytes) + headGradient + onTheWay + dequantized, ExchangeOf(options, batch, learns, ranks));
    }

    /// <summary>Whether a rank has several micro-batches in a step, so that it matters whether gradients are exchanged after each.</summary>
    /// <param name="options">With the batch size that is used.</param>
    /// <param name="ranks">Processes that train together.</param>
    public static bool Accumulates(TrainOptions options, int ranks)
        => ranks > 1 && TrainLength.RoundsOf(options.BatchSize > 0 ? options.BatchSize : TrainLength.PublishedBatchSize, options.MicroBatchSize, ranks) > 1;

    // Each bucket as it is sent and as it is received; the sum of one, and of the whole step where it is kept.
    private static double ExchangeOf(TrainOptions options, int batch, double learns, int ranks)
    {
        double bucket = Math.Min(FlatParameters.BucketNumbers, learns) * (options.Exchange == ExchangeType.Float32 ? 4 : 2);
        return ranks == 1 ? 0 : (bucket * 2 * GradientExchange.MostInFlight) + (bucket / ranks) + (options.ExchangeOnce == true && Accumulates(options with { BatchSize = batch }, ranks) ? 4 * learns : 0);
    }

    /// <summary>Numbers that learn.</summary>
    internal static double Learns(ModelCounts model, TrainOptions options)
        => options.Mode == TrainMode.Full ? model.Weights : options.Lora.Rank * (double)model.Maps.Sum(m => m.Inputs + m.Outputs);
}

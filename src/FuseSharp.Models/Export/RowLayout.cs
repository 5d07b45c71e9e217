using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Export;

/// <summary>Lays tensors of Hugging Face's out as llama.cpp wants them.</summary>
internal static class RowLayout
{
    /// <summary>Shape of what <see cref="Arrange"/> gives.</summary>
    /// <param name="config">Of the model.</param>
    /// <param name="path">Of the file with the tensor.</param>
    /// <param name="name">Of the tensor.</param>
    /// <param name="shape">As it is stored.</param>
    /// <param name="order">What is wanted.</param>
    /// <exception cref="ModelException">It cannot be laid out so.</exception>
    public static long[] ShapeOf(ModelConfig config, string path, string name, long[] shape, RowOrder order)
    {
        ModelException Unfit() => new($"'{path}' gives tensor '{name}' the shape [{string.Join(", ", shape)}], which does not fit config.json. Use the config.json that belongs to the weights.");
        switch (order)
        {
            case RowOrder.Transposed:
                return shape.Length == 2 ? [shape[1], shape[0]] : throw Unfit();
            case RowOrder.TransposedExperts:
                return shape.Length == 3 ? [shape[0], shape[2], shape[1]] : throw Unfit();
            case RowOrder.EvenColumns or RowOrder.OddColumns:
                return shape.Length is 2 or 3 && shape[^1] % 2 == 0 ? (shape.Length == 3 ? [shape[0], shape[2] / 2, shape[1]] : [shape[0], shape[1] / 2]) : throw Unfit();
            case RowOrder.LatentKeys or RowOrder.LatentValues:
                var (heads, latent) = Latent(config);
                return !shape.SequenceEqual([heads * (latent.PlainSize + latent.ValueSize), latent.Width]) ? throw Unfit()
                    : order == RowOrder.LatentKeys ? [heads, latent.Width, latent.PlainSize] : [heads, latent.ValueSize, latent.Width];
            case RowOrder.InterleavedQueries or RowOrder.InterleavedKeys:
                return shape.Length > 0 && shape[0] % (2 * Heads(config, order)) == 0 ? shape : throw Unfit();
            case RowOrder.SplitQueryKeyValue:
                return shape.Length > 0 && shape[0] % (3L * config.Number("num_attention_heads")) == 0 ? shape : throw Unfit();
            default:
                return shape;
        }
    }

    /// <summary>Lays a tensor out.</summary>
    /// <param name="config">Of the model.</param>
    /// <param name="numbers">As it is stored, of a shape that <see cref="ShapeOf"/> takes.</param>
    /// <param name="order">What is wanted.</param>
    public static Tensor Arrange(ModelConfig config, Tensor numbers, RowOrder order)
    {
        long[] rest = [.. numbers.shape.Skip(1)];
        switch (order)
        {
            case RowOrder.Transposed:
                return numbers.t();
            case RowOrder.PlusOne:
                return numbers.Plus(1);
            case RowOrder.TransposedExperts:
                return numbers.transpose(1, 2);
            case RowOrder.EvenColumns or RowOrder.OddColumns:
                var columns = numbers.unflatten(numbers.Dimensions - 1, [-1, 2]).select(-1, order == RowOrder.EvenColumns ? 0 : 1);
                return columns.Dimensions == 3 ? columns.transpose(1, 2) : columns;
            case RowOrder.LatentKeys or RowOrder.LatentValues:
                var (latentHeads, latent) = Latent(config);
                var parts = numbers.view([latentHeads, latent.PlainSize + latent.ValueSize, latent.Width]).split([latent.PlainSize, latent.ValueSize], 1);
                return order == RowOrder.LatentKeys ? parts[0].transpose(1, 2) : parts[1];
            case RowOrder.InterleavedQueries or RowOrder.InterleavedKeys:
                long heads = Heads(config, order);
                return numbers.view([heads, 2, numbers.shape[0] / heads / 2, .. rest]).transpose(1, 2).reshape(numbers.shape);
            case RowOrder.SplitQueryKeyValue:
                long count = config.Number("num_attention_heads");
                return numbers.view([count, 3, numbers.shape[0] / count / 3, .. rest]).transpose(0, 1).reshape(numbers.shape);
            default:
                return numbers;
        }
    }

    private static long Heads(ModelConfig config, RowOrder order)
    {
        var attention = DecoderDesign.FromConfig(config).Layers[0].Attention;
        return order == RowOrder.InterleavedQueries ? attention.Heads : attention.KeyValueHeads;
    }

    private static (long Heads, LatentDesign Latent) Latent(ModelConfig config)
    {
        var attention = DecoderDesign.FromConfig(config).Layers[0].Attention;
        return (attention.Heads, attention.Latent!);
    }
}

using FuseSharp.Errors;
using FuseSharp.Models.Native;
using FuseSharp.Models.Rows;
using FuseSharp.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>The weights of a GGUF file under Hugging Face's names and in Hugging Face's order of rows, dequantized as they are read.</summary>
internal sealed class GgufWeights : ITensorSource
{
    private const long PieceBytes = 1 << 22; // mapped at a time: far more than mapping costs

    private readonly Dictionary<string, MappedFile> _files = new(StringComparer.Ordinal); // of a split model several
    private readonly Dictionary<string, GgufWeight> _weights;

    /// <summary>Opens the weights.</summary>
    /// <exception cref="ModelException">A tensor has no counterpart in the architecture.</exception>
    public GgufWeights(GgufFile gguf)
    {
        _weights = new Dictionary<string, GgufWeight>(StringComparer.Ordinal);
        foreach (var weight in GgufNames.Translate(gguf))
        {
            if (!_weights.TryAdd(weight.Name, weight))
            {
                throw gguf.Error($"holds '{weight.Name}' twice, once in '{weight.Tensor.Name}'");
            }
        }

        Path = gguf.Path;
        try
        {
            foreach (string file in _weights.Values.SelectMany(w => new[] { w.Tensor, w.Second }).OfType<GgufTensor>().Select(t => t.Path).Distinct())
            {
                _files[file] = new MappedFile(file);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _weights.Keys;

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string name) => _weights[name].Shape;

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor destination)
    {
        using var noGradient = no_grad();
        var weight = _weights[name];
        if (weight.Order == RowOrder.Same)
        {
            Fill(weight.Tensor, weight.FirstElement, destination);
            return;
        }

        using var scope = NewDisposeScope();
        destination.copy_(Arranged(weight));
    }

    /// <summary>A matrix as the file stores it; null for what is no matrix, of a type that has to be written out, or in another order than rows.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public WeightRows? Keep(string name)
    {
        var weight = _weights[name];
        var tensor = weight.Tensor;
        if (weight.Shape.Count != 2 || weight.Order is not (RowOrder.Same or RowOrder.InterleavedQueries or RowOrder.InterleavedKeys) || !BlockRowsBuilder.Fit(tensor.Type, weight.Shape[0], weight.Shape[1]))
        {
            return null;
        }

        var (outputs, inputs) = (weight.Shape[0], weight.Shape[1]);
        var builder = new BlockRowsBuilder(tensor.Type, outputs, inputs);
        var (elements, bytes) = GgufBlocks.SizeOf(tensor.Type);
        long stride = inputs / elements * bytes;
        long half = weight.Order == RowOrder.Same ? 0 : outputs / weight.Heads / 2;
        int piece = (int)Math.Clamp(PieceBytes / stride, 1, outputs);
        for (long first = 0; first < outputs; first += piece)
        {
            int count = (int)Math.Min(piece, outputs - first);
            _files[tensor.Path].Read(tensor.Start + (weight.FirstElement / elements * bytes) + (first * stride), checked((int)(count * stride)), b => Set(builder, b, first, count, stride, half));
        }

        return builder.Build();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }

    private static unsafe void Set(BlockRowsBuilder builder, ReadOnlySpan<byte> blocks, long first, int count, long stride, long half)
    {
        fixed (byte* from = blocks)
        {
            // As in Decode: the memory stays in place until the loop has ended.
            nint source = (nint)from;
            Parallel.For(0, count, i =>
            {
                // Rows of a head come as pairs (0, half), (1, half + 1) …; Hugging Face has all first halves, then all second ones.
                long row = first + i;
                long inHead = half == 0 ? 0 : row % (2 * half);
                builder.Set(half == 0 ? row : row - inHead + (inHead % 2 * half) + (inHead / 2), new ReadOnlySpan<byte>((byte*)source + (i * stride), (int)stride));
            });
        }
    }

    // As Hugging Face has it: the opposite of what the export does.
    private Tensor Arranged(GgufWeight weight)
    {
        var numbers = Whole(weight.Tensor);
        switch (weight.Order)
        {
            case RowOrder.PlusOne:
                return numbers.Plus(-1);
            case RowOrder.Transposed:
                return numbers.t();
            case RowOrder.SplitQueryKeyValue:
                return numbers.view([3, weight.Heads, weight.Shape[0] / weight.Heads / 3, .. weight.Shape.Skip(1)]).transpose(0, 1).reshape([.. weight.Shape]);
            case RowOrder.TransposedExperts:
                return numbers.transpose(1, 2);
            case RowOrder.EvenColumns:
                var pairs = stack([numbers, Whole(weight.Second!)], -1); // [experts, (outputs, inputs or) outputs, 2]
                return pairs.Dimensions == 4 ? pairs.permute(0, 2, 1, 3).flatten(2) : pairs.flatten(1);
            case RowOrder.LatentKeys:
                return cat([numbers.transpose(1, 2), Whole(weight.Second!)], 1).flatten(0, 1);
            default:
                // Rows of a head come as pairs (0, half), (1, half + 1) …; Hugging Face has all first halves, then all second ones.
                long[] rest = [.. weight.Shape.Skip(1)];
                long half = weight.Shape[0] / weight.Heads / 2;
                return numbers.view([weight.Heads, half, 2, .. rest]).transpose(1, 2).reshape([.. weight.Shape]);
        }
    }

    private Tensor Whole(GgufTensor tensor)
    {
        var numbers = empty([.. tensor.Shape], ScalarType.Float32);
        Fill(tensor, 0, numbers);
        return numbers;
    }

    private void Fill(GgufTensor tensor, long first, Tensor destination)
    {
        var type = tensor.Type;
        var (elements, bytes) = GgufBlocks.SizeOf(type);
        long start = tensor.Start + (first / elements * bytes);
        ScalarType? plain = type switch { GgufType.F32 => ScalarType.Float32, GgufType.F16 => ScalarType.Float16, GgufType.BF16 => ScalarType.BFloat16, _ => null };
        if (plain is { } stored)
        {
            TensorChunks.Fill(_files[tensor.Path], start, stored, destination);
            return;
        }

        foreach (var (piece, at) in TensorChunks.Cut(destination))
        {
            using var numbers = empty(piece.shape, ScalarType.Float32);
            _files[tensor.Path].Read(start + (at / elements * bytes), checked((int)(piece.shape[0] / elements * bytes)), b => Decode(type, b, numbers));
            piece.copy_(numbers);
        }
    }

    private static unsafe void Decode(GgufType type, ReadOnlySpan<byte> blocks, Tensor numbers)
    {
        const int PartBlocks = 2048; // 64 K to 512 K numbers: enough to outweigh handing a part to a thread
        var (elements, bytes) = GgufBlocks.SizeOf(type);
        int count = blocks.Length / bytes;
        long length = numbers.shape[0];
        fixed (byte* from = blocks, to = numbers.bytes)
        {
            // Lambdas cannot capture spans or fixed pointers; the memory stays in place until the loop has ended.
            nint source = (nint)from;
            nint target = (nint)to;
            Parallel.For(0, (count + PartBlocks - 1) / PartBlocks, part =>
            {
                int first = part * PartBlocks;
                int size = Math.Min(PartBlocks, count - first);
                GgufBlocks.Decode(type, new ReadOnlySpan<byte>((byte*)source + ((long)first * bytes), size * bytes),
                    new Span<float>((float*)target + ((long)first * elements), size * elements));
            });
        }
    }
}

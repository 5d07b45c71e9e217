using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Kernels;

/// <summary>Causal attention by blocks of queries, with its gradient; only queries, keys and values are kept for the way back.</summary>
/// <remarks>
/// A block's queries meet the keys up to the block's last one, so what causal attention never sees is not computed beyond a block's width; scores of one block exist at a
/// time (Dao et al. 2022 without the inner blocks). Query heads that share a key head are rows of one matrix product. Matrix products in bfloat16 are
/// libtorch's, where its own attention in bfloat16 on a processor runs at a tenth of their speed.
/// </remarks>
internal sealed class BlockedAttention : autograd.SingleTensorFunction<BlockedAttention>
{
    // Scores of eight texts and heads of 512 keys, 8 MB in bfloat16, stay in the last-level cache; smaller blocks keep the products less busy.
    private const long QueriesPerBlock = 128;

    private const string ScaleKey = "scale";

    /// <inheritdoc/>
    public override string Name => nameof(BlockedAttention);

    /// <summary>Mixes values.</summary>
    /// <param name="q">[batch, heads, tokens, size].</param>
    /// <param name="k">[batch, key heads, tokens, size]; key heads divide heads.</param>
    /// <param name="v">Like <paramref name="k"/>.</param>
    /// <param name="scale">Of the scores.</param>
    /// <returns>[batch, tokens, heads · size].</returns>
    public static Tensor Run(Tensor q, Tensor k, Tensor v, double scale) => apply([q.contiguous(), k.contiguous(), v.contiguous(), scale]);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var q = (Tensor)vars[0];
        var k = (Tensor)vars[1];
        var v = (Tensor)vars[2];
        float scale = (float)(double)vars[3];
        ctx.save_for_backward([q, k, v]);
        ctx.save_data(ScaleKey, scale);
        var shape = new Shape(q, k);
        var result = empty([shape.Batch, shape.Tokens, shape.Heads * shape.Size], q.dtype, q.device);
        var (keys, values) = (k.flatten(0, 1), v.flatten(0, 1)); // [batch · key heads, tokens, size]
        for (long start = 0; start < shape.Tokens; start += QueriesPerBlock)
        {
            using var block = NewDisposeScope();
            long count = Math.Min(QueriesPerBlock, shape.Tokens - start);
            var scores = shape.Rows(q, start, count).matmul(keys.narrow(1, 0, start + count).transpose(1, 2)); // [batch · key heads, groups · count, start + count]
            CausalSoftmaxKernel.Forward(scores, start, count, scale);
            shape.Tokenwise(result, start, count).copy_(shape.Unrows(scores.matmul(values.narrow(1, 0, start + count)), count));
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var given = grad_output;
        var saved = ctx.get_saved_variables();
        var (q, k, v) = (saved[0], saved[1], saved[2]);
        float scale = (float)ctx.get_data(ScaleKey);
        var shape = new Shape(q, k);
        var upstream = given.contiguous();
        var (keys, values) = (k.flatten(0, 1), v.flatten(0, 1));
        var queryGradient = empty_like(q);
        var keyGradient = zeros(keys.shape, ScalarType.Float32, k.device); // blocks add up: not in bfloat16
        var valueGradient = zeros(keys.shape, ScalarType.Float32, k.device);
        for (long start = 0; start < shape.Tokens; start += QueriesPerBlock)
        {
            using var block = NewDisposeScope();
            long count = Math.Min(QueriesPerBlock, shape.Tokens - start);
            long read = start + count;
            var rows = shape.Rows(q, start, count);
            var (seen, said) = (keys.narrow(1, 0, read), values.narrow(1, 0, read));
            var gradient = shape.Rows(shape.Tokenwise(upstream, start, count)); // [batch · key heads, groups · count, size]
            var scores = rows.matmul(seen.transpose(1, 2));
            var scoreGradient = gradient.matmul(said.transpose(1, 2));
            CausalSoftmaxKernel.Backward(scores, scoreGradient, start, count, scale);
            valueGradient.narrow(1, 0, read).PlusInPlace(scores.transpose(1, 2).matmul(gradient));
            keyGradient.narrow(1, 0, read).PlusInPlace(scoreGradient.transpose(1, 2).matmul(rows));
            queryGradient.narrow(2, start, count).copy_(shape.Unrows(scoreGradient.matmul(seen), count));
        }

        return ReturnedGradients.From(queryGradient, Whole(keyGradient, k), Whole(valueGradient, v), null);
    }

    private static Tensor Whole(Tensor gradient, Tensor like) => gradient.to(like.dtype).view(like.shape);

    // How heads stand as rows.
    private sealed class Shape(Tensor q, Tensor k)
    {
        public long Batch { get; } = q.shape[0];

        public long Heads { get; } = q.shape[1];

        public long Tokens { get; } = q.shape[2];

        public long Size { get; } = q.shape[3];

        private long KeyValueHeads { get; } = k.shape[1];

        // [batch, heads, tokens, size] -> [batch · key heads, groups · count, size]
        public Tensor Rows(Tensor heads, long start, long count) => Rows(heads.narrow(2, start, count));

        public Tensor Rows(Tensor heads) => heads.reshape(Batch * KeyValueHeads, Heads / KeyValueHeads * heads.shape[2], Size);

        // The other way: [batch, heads, count, size]
        public Tensor Unrows(Tensor rows, long count) => rows.view(Batch, Heads, count, Size);

        // Some tokens of [batch, tokens, heads · size] as [batch, heads, count, size], a view.
        public Tensor Tokenwise(Tensor states, long start, long count) => states.narrow(1, start, count).view(Batch, count, Heads, Size).transpose(1, 2);
    }
}

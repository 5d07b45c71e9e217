using FuseSharp.Fusion.Records;
using FuseSharp.Models.Architectures;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>A model of the training benchmarks, and data for it.</summary>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="Hidden">Width.</param>
/// <param name="Inner">Width inside the feed-forward part.</param>
/// <param name="Layers">How many.</param>
/// <param name="Heads">Of each.</param>
/// <param name="Candidates">Of each row of each model.</param>
/// <param name="Length">Tokens of a block.</param>
internal sealed record TrainBenchmarkModel(int Vocabulary, int Hidden, int Inner, int Layers, int Heads, int Candidates, int Length = 512)
{
    private const int QueriesPerBlock = 128; // as the attention has it

    private readonly Dictionary<string, Tensor> _filled = [];

    /// <summary>58M parameters.</summary>
    public static TrainBenchmarkModel Large { get; } = new(Vocabulary: 32000, Hidden: 512, Inner: 1408, Layers: 8, Heads: 8, Candidates: 10);

    /// <summary>The demo's: 1.7M parameters.</summary>
    public static TrainBenchmarkModel Small { get; } = new(Vocabulary: 2048, Hidden: 192, Inner: 512, Layers: 4, Heads: 6, Candidates: 50);

    /// <summary>With random weights.</summary>
    public CausalModel Create(ScalarType type) => new BenchmarkLlama(Vocabulary, Hidden, Inner, Layers, Heads, Length).Create(type);

    /// <summary>Random texts of one document a block, with the rows of a target and two sources.</summary>
    public PackedBlock[] Blocks(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(b => new PackedBlock(
            [.. Enumerable.Range(0, Length).Select(_ => random.Next(Vocabulary))],
            [new PackedSegment(b, Length, [3, 2, 4], [0.8f, 0.6f, 0.9f])],
            [.. Enumerable.Range(0, 3).Select(_ => Rows(random))]))];
    }

    public Tensor Ids(PackedBlock[] blocks) => tensor([.. blocks.SelectMany(b => b.Ids).Select(i => (long)i)], [blocks.Length, Length]);

    /// <summary>[N] next tokens (random ones behind the last), [N, vocabulary] the probabilities of the best model.</summary>
    public (Tensor Labels, Tensor Teacher) DenseTargets(PackedBlock[] blocks)
    {
        long[] labels = [.. blocks.SelectMany(b => b.Ids.Skip(1).Append(b.Ids[0])).Select(i => (long)i)];
        long[] indices = [.. blocks.SelectMany(b => b.Rows[1].Indices).Select(i => (long)i)];
        float[] probabilities = [.. blocks.SelectMany(b => b.Rows[1].Scores).Select(MathF.Exp)];
        var teacher = zeros([labels.Length, Vocabulary]).scatter_(1, tensor(indices, [labels.Length, Candidates]), tensor(probabilities, [labels.Length, Candidates]));
        return (tensor(labels), teacher);
    }

    /// <summary>Every matrix product of a step and nothing else: projections, head and attention by blocks of queries, forward and twice backward.</summary>
    /// <param name="sequences">Of a step.</param>
    /// <param name="type">Of the matrices.</param>
    public void MatrixProducts(int sequences, ScalarType type)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        long tokens = (long)sequences * Length;
        for (int layer = 0; layer < Layers; layer++)
        {
            using var inner = NewDisposeScope();
            for (int i = 0; i < 4; i++)
            {
                Product(type, tokens, Hidden, Hidden);
            }

            Product(type, tokens, Hidden, Inner);
            Product(type, tokens, Hidden, Inner);
            Product(type, tokens, Inner, Hidden);
            Attention(type, sequences);
        }

        long rows = (8L << 20) / Vocabulary;
        for (long start = 0; start < tokens; start += rows)
        {
            Product(type, Math.Min(rows, tokens - start), Hidden, Vocabulary);
        }
    }

    private void Product(ScalarType type, long rows, long inputs, long outputs)
    {
        using var scope = NewDisposeScope();
        var (x, w, dy) = (Filled(type, rows, inputs), Filled(type, outputs, inputs), Filled(type, rows, outputs));
        x.matmul(w.t());
        dy.matmul(w);
        dy.t().matmul(x);
    }

    private void Attention(ScalarType type, int sequences)
    {
        long heads = sequences * Heads;
        for (long end = QueriesPerBlock; end <= Length; end += QueriesPerBlock)
        {
            using var scope = NewDisposeScope();
            var (q, k, scores) = (Filled(type, heads, QueriesPerBlock, Hidden / Heads), Filled(type, heads, end, Hidden / Heads), Filled(type, heads, QueriesPerBlock, end));
            q.matmul(k.transpose(1, 2));
            scores.matmul(k);
            q.matmul(k.transpose(1, 2));
            scores.transpose(1, 2).matmul(q);
            scores.transpose(1, 2).matmul(q);
            scores.matmul(k);
        }
    }

    // Values do not matter to the time, as long as they are ordinary numbers. Matrices of a shape are made once.
    private Tensor Filled(ScalarType type, params long[] shape)
    {
        string key = string.Join('×', shape);
        if (!_filled.TryGetValue(key, out var matrix))
        {
            matrix = full(shape, 0.5, type).DetachFromDisposeScope();
            _filled.Add(key, matrix);
        }

        return matrix;
    }

    private TeacherDistributions Rows(Random random)
        => new(
            [.. Enumerable.Range(0, Length + 1).Select(t => t * Candidates)],
            [.. Enumerable.Range(0, Length).SelectMany(_ => Enumerable.Range(0, Candidates).Select(i => (i * (Vocabulary / Candidates)) + random.Next(Vocabulary / Candidates)))],
            [.. Enumerable.Range(0, Length * Candidates).Select(i => -1.5f - (i % Candidates * 0.4f))], ScoreUnit.LogProbability);
}

using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Train;
using FuseSharp.Progress;
using FuseSharp.Storage.Ranks;
using FuseSharp.Testing;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>Blocks whose documents do not see each other, and tokens that are not learned.</summary>
public sealed class DocumentAttentionTests
{
    private static readonly TrainOptions _options = new() { Epochs = 1, BatchSize = 2, LearningRate = 0.01, EvaluateEvery = 0, Fusion = new() };

    [Fact]
    public void Train_DocumentsKeptApart_IsAsIfEachWereABlock()
    {
        PackedBlock[] documents = [.. Enumerable.Range(0, 5).Select(d => Document(d, 3 + (2 * d)))];
        PackedBlock[] blocks = [Join(documents[..3]), Join(documents[3..])];

        float[] apart = Trained(new BlocksInMemory(blocks, "target", "one", "two") { KeepDocumentsApart = true }, 2);
        float[] alone = Trained(new BlocksInMemory(documents, "target", "one", "two"), 5);
        float[] together = Trained(new BlocksInMemory(blocks, "target", "one", "two"), 2);

        Assert.Equal(alone, apart, (a, b) => Math.Abs(a - b) < 1e-5f);
        Assert.Contains(apart.Zip(together), w => Math.Abs(w.First - w.Second) > 1e-4f);
    }

    [Fact]
    public void Train_TokensThatAreNotLearned_DecideNothing()
    {
        var document = Document(1, 9);

        float[] some = Trained(new BlocksInMemory([Masked(document)], "target", "one", "two"), 1);
        float[] all = Trained(new BlocksInMemory([document], "target", "one", "two"), 1);
        var counts = StepCounts.Sum([(Masked(document), null)], sharesOneMean: true, SingleProcess.Instance);

        Assert.Equal(6, counts.LabelDenominator);
        Assert.Contains(some.Zip(all), w => Math.Abs(w.First - w.Second) > 1e-4f);
        var targets = new LossTargetsBuilder(new(), ["target", "one", "two"]).Build([(Masked(document), null)], 1, counts);
        Assert.Equal([2, 3, 4, 5, 6, 7], targets.WeighedPositions());
        Assert.Equal(targets.Labels[2..8], targets.At(targets.WeighedPositions()).Labels);
    }

    // Documents of which few and many tokens are learned: a mean of means would weigh them alike.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(0, 3)]
    public void Train_MaskedDocumentsByMicroBatchesAndRanks_IsOneMeanOverLearnedTokens(int micro, int ranks)
    {
        var blocks = new BlocksInMemory([.. Enumerable.Range(0, 4).Select(d => Masked(Document(d, 5 + (4 * d))))], "target", "one", "two") { KeepDocumentsApart = true };

        float[] alone = Trained(blocks, 4);
        float[][] all = ThreadProcessGroup.Run(ranks, r => Trained(blocks, 4, micro, r));

        Assert.All(all, weights => Assert.Equal(alone, weights, (a, b) => Math.Abs(a - b) < 1e-5f));
    }

    // The third token on is learned; what the rows say of the others is empty, as align and pack write it.
    private static PackedBlock Masked(PackedBlock block)
    {
        var learned = new LearnedTokens([.. block.Ids.Select((_, t) => (byte)(t < 3 ? 0 : 1))]);
        return block with { Learned = learned, Rows = Array.ConvertAll(block.Rows, r => Emptied(r, t => t + 1 < block.Ids.Length && learned[t + 1])) };
    }

    private static TeacherDistributions Emptied(TeacherDistributions rows, Func<int, bool> keeps)
    {
        var starts = new List<int> { 0 };
        var indices = new List<int>();
        for (int t = 0; t < rows.Positions; t++)
        {
            indices.AddRange(keeps(t) ? rows.Indices[rows.RowStarts[t]..rows.RowStarts[t + 1]] : []);
            starts.Add(indices.Count);
        }

        return new([.. starts], [.. indices], [.. indices.Select(_ => -1f)], rows.Unit);
    }

    private static float[] Trained(IBlockSource blocks, int batch, int micro = 0, IProcessGroup? ranks = null)
    {
        using var model = TinyLlama.Create();
        new Trainer(model, _options with { BatchSize = batch, MicroBatchSize = micro }, SilentProgress.Instance, ranks).Train(blocks, "test", null, null, CancellationToken.None);
        return [.. model.parameters().SelectMany(p => p.detach().data<float>().ToArray())];
    }

    private static PackedBlock Document(int number, int length)
    {
        var random = new Random(number);
        return new([.. Enumerable.Range(0, length).Select(_ => random.Next(20))], [new(number, length, [3, 2, 4], [0.8f, 0.6f, 0.9f])],
            [.. Enumerable.Range(0, 3).Select(_ => new TeacherDistributions(
                [.. Enumerable.Range(0, length).Select(t => 2 * t), 2 * (length - 1)], [.. Enumerable.Range(0, 2 * (length - 1)).Select(i => (i % 2 * 10) + random.Next(10))], [.. Enumerable.Repeat(-1f, 2 * (length - 1))], ScoreUnit.LogProbability))]);
    }

    private static PackedBlock Join(PackedBlock[] documents)
    {
        TeacherDistributions Rows(int model)
        {
            var starts = new List<int> { 0 };
            foreach (var document in documents)
            {
                int shift = starts[^1];
                starts.AddRange(document.Rows[model].RowStarts.Skip(1).Select(s => s + shift));
            }

            return new([.. starts], [.. documents.SelectMany(d => d.Rows[model].Indices)], [.. documents.SelectMany(d => d.Rows[model].Scores)], ScoreUnit.LogProbability);
        }

        return new([.. documents.SelectMany(d => d.Ids)], [.. documents.SelectMany(d => d.Segments)], [.. Enumerable.Range(0, 3).Select(Rows)]);
    }
}

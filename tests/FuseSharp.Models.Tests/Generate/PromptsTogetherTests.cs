using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Layers;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Generate;

/// <summary>Prompts that are read side by side, as on a graphics processor, against the same ones read one by one.</summary>
public sealed class PromptsTogetherTests
{
    private const double Tolerance = 1e-4; // log-probabilities, float32 products of another size

    [Theory]
    [MemberData(nameof(GenerationBatchTests.Families), MemberType = typeof(GenerationBatchTests))]
    public void AddEach_PromptsOfDifferentLengths_WritesWhatEachWritesAlone(string name)
    {
        Assert.SkipUnless(GoldenSet.Has("models", name), SharedData.MissingReason);
        using var tokenizers = Tiny();
        using var model = new LanguageModel(name, "", ModelFolder.Load(GoldenSet.Path("models", name), ScalarType.Float32, CPU), tokenizers.Tokenizer);
        using var golden = new SafetensorsReader(GoldenSet.Path("models", name, "golden.safetensors"));
        int[] ids;
        using (NewDisposeScope())
        {
            ids = [.. golden.Read("input_ids").data<long>().Select(id => (int)id % model.Tokenizer.Vocabulary.Count)];
        }

        int[][] prompts = [ids[..5], ids[10..31], ids[48..60], ids[20..41]];

        var together = Write(model, prompts, readsTogether: true);
        var alone = Write(model, prompts, readsTogether: false);

        Assert.Equal(alone.SelectMany(g => g.Tokens).Select(t => t.Id), together.SelectMany(g => g.Tokens).Select(t => t.Id));
        Assert.All(alone.SelectMany(g => g.Tokens).Zip(together.SelectMany(g => g.Tokens)), p => Assert.Equal(p.First.LogProbability, p.Second.LogProbability, Tolerance));
        Assert.True(alone.Sum(g => g.Tokens.Count) > 2 * prompts.Length);
    }

    [Fact]
    public void EndedTogether_TextsWithPaddingBehind_EndWhereTheLongestDoes()
    {
        using var scope = NewDisposeScope();
        using var read = new KeyValueCache();
        var keys = tensor(new[] { 1f, 2, 3, 4, 5, 99, 6, 99, 99 }, [3, 1, 3, 1]); // 99: behind a text
        read.Append(0, keys, keys.neg());
        read.Advance(3);

        using var moved = read.EndedTogether([3, 2, 1]);
        using var joined = KeyValueCache.Join([(moved, [2, 1, 0, 0, 1])]);
        var (all, values) = joined.Append(0, zeros([5, 1, 1, 1]), zeros([5, 1, 1, 1]));

        Assert.Equal([0, 1, 2], moved.Padding!);
        Assert.Equal([2, 1, 0, 0, 1], joined.Padding!);
        Assert.Equal([6, 6, 6, 0, 4, 4, 5, 0, 1, 2, 3, 0, 1, 2, 3, 0, 4, 4, 5, 0], all.contiguous().data<float>().ToArray());
        Assert.Equal(all.neg().contiguous().data<float>().ToArray(), values.contiguous().data<float>().ToArray());
    }

    [Fact]
    public void Largest_EqualOnesAndNoNumbers_AsTheSamplerHasThem()
    {
        using var scope = NewDisposeScope();
        float[][] rows = [[1, 5, 5, 2, 9], [7, 7, 7, 7, 9], [-3, -2, -1, -1, 0], [0, float.NaN, 3, 4, 9], [1, 2, float.PositiveInfinity, 0, 9]];

        double[] found = NextToken.Largest(tensor(rows.SelectMany(r => r).ToArray(), [5, 5]), 4); // the last is a row of padding

        for (int i = 0; i < rows.Length; i++)
        {
            int expected = Sampler.Largest(rows[i].AsSpan(0, 4));
            Assert.Equal((expected, (double)rows[i][expected]), ((int)found[rows.Length + i], found[i]));
        }
    }

    private static Generation[] Write(LanguageModel model, int[][] prompts, bool readsTogether)
    {
        Generation[] all = [.. prompts.Select(p => new Generation(model, p, new GenerateOptions { MaxTokens = 6, Temperature = 0 }, topLogprobs: 0))];
        using var batch = new GenerationBatch(model) { ReadsTogether = readsTogether };
        batch.AddEach(all, CancellationToken.None);
        while (batch.Count > 0)
        {
            batch.Step();
        }

        return all;
    }

    private static LanguageModel Tiny()
    {
        using var folder = new ScratchFolder();
        return LanguageModel.Load("tiny", folder.Write("tiny.gguf", TinyGguf.Build()), ScalarType.Float32, CPU);
    }
}

using FuseSharp.Errors;
using FuseSharp.Evaluation.Ensemble;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Models;
using FuseSharp.Testing;
using FuseSharp.Testing.Oracles;
using FuseSharp.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Tests.Ensemble;

/// <summary>With the demo's models: two kinds of tokenizers, three vocabularies.</summary>
public sealed class ModelEnsembleTests
{
    private const string Text = "The socket returns “naïve” XmlDocument elements,\n\tthen closes 1234 streams — done.";

    [Theory]
    [InlineData(2048)]
    [InlineData(16)] // several windows, which end elsewhere in each model's tokens
    public void Measure_OneModel_IsThatModelsBitsPerByte(int window)
    {
        using var alone = new BitsPerByte(Load("data"), window);
        using var ensemble = new EnsembleBitsPerByte(new ModelEnsemble([Load("data")], []), window);

        var expected = alone.Measure([new(Text), new("Short.")], null, CancellationToken.None);
        var found = ensemble.Measure([new(Text), new("Short.")], null, CancellationToken.None);

        Assert.Equal(expected.BitsPerByte, found.BitsPerByte, 5);
        Assert.Equal(expected.Tokens, found.Tokens);
    }

    [Theory]
    [InlineData(2048, "security", "data", "web")]
    [InlineData(16, "web", "security", "security")]
    [InlineData(16, "data", "data", "web")] // the same tokenizer once
    public void Read_ThreeModels_MixesAsTheOracleDoes(int window, params string[] names)
    {
        double[] weights = [0.5, 0.2, 0.3];
        using var ensemble = new ModelEnsemble([.. names.Select(Load)], weights);
        using var target = Load(names[0]);
        using var first = Load(names[1]);
        using var second = Load(names[2]);

        double[][] expected = EnsembleOracle.Mix(target.Tokenizer, Tokens(target), Distributions(target, window), weights[0],
            [(first.Tokenizer, Tokens(first), Distributions(first, window), weights[1]), (second.Tokenizer, Tokens(second), Distributions(second, window), weights[2])]);
        int t = 0;
        foreach (var (chunk, labels) in ensemble.Read([.. ensemble.Models.Select(m => EnsembleText.Tokenize(m, "", Text))], 0, window, CancellationToken.None))
        {
            using var scope = NewDisposeScope();
            float[] found = chunk.Probabilities().data<float>().ToArray();
            float[] logs = chunk.LogProbabilities(labels);
            for (int row = 0; row < labels.Length; row++, t++)
            {
                var own = found.AsSpan(row * expected[t].Length, expected[t].Length);
                Assert.Equal(1, own.ToArray().Sum(p => (double)p), 1e-5);
                Assert.True(own.ToArray().Zip(expected[t]).All(p => Math.Abs(p.First - p.Second) < 1e-6), $"position {t}");
                Assert.Equal(Math.Log(expected[t][labels[row]]), logs[row], 1e-3);
            }

            chunk.Dispose();
        }

        Assert.Equal(expected.Length, t);
    }

    [Fact]
    public void Measure_LeavesNoTensorBehind()
    {
        using var ensemble = new ModelEnsemble([Load("security"), Load("web")], []);
        ensemble.Measure(Text, 16, CancellationToken.None);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        ensemble.Measure(Text, 16, CancellationToken.None);

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData("2 weights for 3 models", 1.0, 1.0)]
    [InlineData("negative, or the target's is 0", 0.0, 1.0, 1.0)]
    [InlineData("negative, or the target's is 0", 1.0, -1.0, 1.0)]
    public void Weights_ThatFitNot_AreRefused(string expected, params double[] weights)
        => Assert.Contains(expected, Assert.Throws<UsageException>(() => new ModelEnsemble([null!, null!, null!], weights)).Message, StringComparison.Ordinal);

    private static LanguageModel Load(string name) => LanguageModel.Load(name, DemoModels.Path(name), ScalarType.Float32, CPU);

    private static TokenizedText Tokens(LanguageModel model)
    {
        var tokens = model.Tokenizer.Encode(Text);
        int start = (model.Tokenizer.AddsBeginningOfText ? model.Tokenizer.BeginningOfTextId : null) ?? model.Tokenizer.EndOfTextId!.Value;
        return new([start, .. tokens.Ids], [0, .. tokens.EndsExclusive]);
    }

    // Window by window, the way BitsPerByte documents it: half a window of context at least.
    private static double[][] Distributions(LanguageModel model, int window)
    {
        int[] ids = Tokens(model).Ids;
        double[][] all = new double[ids.Length][];
        for (int from = 0; from == 0 || from + (window / 2) < ids.Length; from += window / 2)
        {
            int[] part = ids[from..Math.Min(ids.Length, from + window)];
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var probabilities = model.Network.Logits(tensor(part, [1, part.Length], ScalarType.Int64)).softmax(2)[0].to(ScalarType.Float64);
            for (int t = 0; t < part.Length; t++)
            {
                if (all[from + t] is null && (t < part.Length - 1 || from + part.Length == ids.Length))
                {
                    all[from + t] = probabilities[t].data<double>().ToArray();
                }
            }
        }

        return all;
    }
}

using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Ensemble;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Testing;
using FuseSharp.Testing.Oracles;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Tests.Ensemble;

/// <summary>With the demo's models: two kinds of tokenizers, three vocabularies.</summary>
public sealed class ModelEnsembleTests
{
    private const string Text = "The socket returns “naïve” XmlDocument elements,\n\tthen closes 1234 streams — done.";

    private static readonly Conversation _conversation = new([new("user", "Which element?"), new("assistant", "The next one, “naïve” as it is."), new("user", "And then?"), new("assistant", "Nothing more.")]);

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

    [Theory]
    [InlineData("chatml", 2048)]
    [InlineData("mistral", 24)]
    public void Measure_ConversationOfOneModelOrTwoAlike_IsThatModelsBitsPerByte(string template, int window)
    {
        var text = MeasuredText.FromConversation(_conversation);
        using var alone = new BitsPerByte(Load("data"), window, encoder: Encoder("data", template));
        using var one = new EnsembleBitsPerByte(new ModelEnsemble([Load("data")], [], [Encoder("data", template)]), window);
        using var two = new EnsembleBitsPerByte(new ModelEnsemble([Load("data"), Load("data")], [], [Encoder("data", template), Encoder("data", template)]), window);

        var expected = alone.Measure([text], null, CancellationToken.None);

        Assert.All([one, two], e => Assert.Equal((expected.Tokens, expected.BitsPerByte), (e.Measure([text], null, CancellationToken.None).Tokens, e.Measure([text], null, CancellationToken.None).BitsPerByte), SameTo(1e-5)));
    }

    // What align would carry of whole distributions, mixed by the definition.
    [Theory]
    [InlineData("security", "chatml", "data", "vicuna")]
    [InlineData("data", "mistral", "web", "chatml")] // a template's space before answers
    [InlineData("web", "llama2", "web", "zephyr")] // the same tokenizer
    public void Measure_Conversation_MixesWhatAlignCarries(string target, string targetTemplate, string source, string sourceTemplate)
    {
        double[] weights = [0.6, 0.4];
        PieceEncoder[] encoders = [Encoder(target, targetTemplate), Encoder(source, sourceTemplate)];
        using var ensemble = new ModelEnsemble([Load(target), Load(source)], weights, encoders);
        LanguageModel[] models = [.. ensemble.Models];
        EncodedPiece[] read = [.. encoders.Select(e => e.Encode(_conversation))];
        double[][][] whole = [.. models.Zip(read, (m, r) => Distributions(m, r.Ids, 2048))];
        Representation[] rows = [.. read.Zip(whole, Represent)];
        var projection = ConversationProjection.Create(encoders[0], encoders[1]);
        var carried = new BoundaryAligner(models[0].Tokenizer, models[1].Tokenizer, conversations: projection).Align(rows[0], rows[1]).Rows;
        int[] heard = ConversationProjection.SourcePositions(read[0], read[1]);
        double expected = 0;
        for (int t = 0; t < read[0].Count; t++)
        {
            if (read[0].Predicts(t))
            {
                int label = read[0].Ids[t + 1];
                var row = Enumerable.Range(carried.RowStarts[t], carried.RowStarts[t + 1] - carried.RowStarts[t]).Select(i => (Id: carried.Indices[i], Mass: Math.Exp(carried.Scores[i]))).ToList();
                double ownShare = weights[0] + (heard[t] < 0 ? 0 : weights[1] * (1 - row.Sum(r => r.Mass)));
                expected -= Math.Log(((ownShare * whole[0][t][label]) + (weights[1] * row.Where(r => r.Id == label).Sum(r => r.Mass))) / (heard[t] < 0 ? weights[0] : 1));
            }
        }

        var (nats, tokens) = ensemble.Measure(_conversation, 2048, CancellationToken.None);

        Assert.Contains(heard, p => p >= 0);
        Assert.Equal(Enumerable.Range(0, read[0].Count).Count(read[0].Predicts), tokens);
        Assert.Equal(expected, nats, 1e-2); // rows are float16
    }

    [Fact]
    public void Measure_ConversationWithoutATemplate_IsRefused()
    {
        using var ensemble = new ModelEnsemble([Load("security"), Load("web")], []);

        Assert.Contains("no chat template", Assert.Throws<UsageException>(() => ensemble.Measure(_conversation, 16, CancellationToken.None)).Message, StringComparison.Ordinal);
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

    private static EqualityComparer<(long, double)> SameTo(double tolerance) => EqualityComparer<(long, double)>.Create((a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < tolerance);

    private static PieceEncoder Encoder(string model, string template)
    {
        var tokenizer = TokenizerFolder.Load(DemoModels.Path(model));
        return new(tokenizer, ConversationEncoder.Create(tokenizer, ChatTemplate.FromName(template, DemoModels.Path(model)), LearnedTurns.Answers, DateTimeOffset.UnixEpoch));
    }

    // Every token is a candidate.
    private static Representation Represent(EncodedPiece read, double[][] whole)
    {
        int k = whole[0].Length;
        int[] order = [.. whole.SelectMany((p, t) => Enumerable.Range(0, k).OrderByDescending(id => p[id]).Select(id => read.Predicts(t) ? id : -1))];
        Half[] logits = [.. order.Select((id, i) => id < 0 ? default : (Half)Math.Log(whole[i / k][id]))];
        return new(default, read.Ids, read.EndsExclusive, new(k, order, logits, new float[read.Count]), new float[read.Count]) { Learned = read.Learned };
    }

    private static LanguageModel Load(string name) => LanguageModel.Load(name, DemoModels.Path(name), ScalarType.Float32, CPU);

    private static TokenizedText Tokens(LanguageModel model)
    {
        var tokens = model.Tokenizer.Encode(Text);
        int start = (model.Tokenizer.AddsBeginningOfText ? model.Tokenizer.BeginningOfTextId : null) ?? model.Tokenizer.EndOfTextId!.Value;
        return new([start, .. tokens.Ids], [0, .. tokens.EndsExclusive]);
    }

    // Window by window, the way BitsPerByte documents it: half a window of context at least.
    private static double[][] Distributions(LanguageModel model, int window) => Distributions(model, Tokens(model).Ids, window);

    private static double[][] Distributions(LanguageModel model, int[] ids, int window)
    {
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

using FuseSharp.Evaluation.Ensemble;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Testing;
using FuseSharp.Testing.Oracles;
using FuseSharp.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Tests.Ensemble;

/// <summary>Benchmarks asked of an ensemble of the demo's models.</summary>
public sealed class EnsembleTaskModelTests
{
    private static readonly string[] _prompts = ["Gets or sets the", "The XmlReader ", "Returns “naïve”"];
    private static readonly string[] _continuations = [" value", "reader of the document.", " — streams"];
    private static readonly GenerateOptions _greedy = new() { Temperature = 0, MaxTokens = 16 };

    [Fact]
    public void OneModel_SaysWhatItSaysAlone()
    {
        using var alone = new TaskModel(Load("data"), 1);
        using var ensemble = new EnsembleTaskModel(new ModelEnsemble([Load("data")], []));

        Assert.All(Scores(alone).Zip(Scores(ensemble)), s =>
        {
            Assert.Equal(s.First.LogProbability, s.Second.LogProbability, 1e-3);
            Assert.Equal(s.First.IsGreedy, s.Second.IsGreedy);
        });
        Assert.Equal(Written(alone), Written(ensemble));
    }

    [Theory]
    [InlineData("security", "data", "web")]
    [InlineData("web", "web", "data")] // the same tokenizer once
    public void Score_SeveralModels_IsTheOraclesSum(params string[] names)
    {
        double[] weights = [0.5, 0.2, 0.3];
        LanguageModel[] models = [.. names.Select(Load)];
        using var ensemble = new EnsembleTaskModel(new ModelEnsemble([.. names.Select(Load)], weights));

        var found = Scores(ensemble);

        for (int i = 0; i < _prompts.Length; i++)
        {
            var texts = models.Select(m => EnsembleText.Tokenize(m, _prompts[i], _continuations[i])).Select(t => new TokenizedText(t.Ids, t.EndsExclusive)).ToArray();
            double[][] mixed = EnsembleOracle.Mix(models[0].Tokenizer, texts[0], Distributions(models[0], texts[0].Ids), weights[0],
                [.. Enumerable.Range(1, 2).Select(m => (models[m].Tokenizer, texts[m], Distributions(models[m], texts[m].Ids), weights[m]))]);
            int known = models[0].PromptIds(_prompts[i].TrimEnd()).Length;
            Assert.Equal(Enumerable.Range(known, texts[0].Count - known).Sum(t => Math.Log(mixed[t - 1][texts[0].Ids[t]])), found[i].LogProbability, 1e-3);
        }

        Array.ForEach(models, m => m.Dispose());
    }

    [Fact]
    public void Write_SeveralModels_TakesTheOraclesTopTokens()
    {
        double[] weights = [0.4, 0.3, 0.3];
        LanguageModel[] models = [.. new[] { "security", "data", "web" }.Select(Load)];
        using var ensemble = new EnsembleTaskModel(new ModelEnsemble([.. new[] { "security", "data", "web" }.Select(Load)], weights));

        string[] written = Written(ensemble);

        for (int i = 0; i < _prompts.Length; i++)
        {
            Assert.Equal(Greedy(models, weights, _prompts[i]), written[i]);
        }

        Array.ForEach(models, m => m.Dispose());
    }

    [Fact]
    public void Write_LeavesNoTensorBehind()
    {
        using var ensemble = new EnsembleTaskModel(new ModelEnsemble([Load("security"), Load("web")], []));
        Written(ensemble);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Written(ensemble);

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // Everything is read again for every token.
    private static string Greedy(LanguageModel[] models, double[] weights, string prompt)
    {
        int[] ids = models[0].PromptIds(prompt);
        string text = "";
        for (int t = 0; t < _greedy.MaxTokens; t++)
        {
            double[] mixed = EnsembleOracle.MixOne(models[0].Tokenizer, Distributions(models[0], ids)[^1], weights[0],
                [.. Enumerable.Range(1, models.Length - 1).Select(m => (models[m].Tokenizer, Distributions(models[m], EnsembleText.Tokenize(models[m], prompt, text).Ids)[^1], weights[m]))]);
            int top = Array.IndexOf(mixed, mixed[..models[0].Tokenizer.Vocabulary.Count].Max());
            if (top == models[0].Tokenizer.EndOfTextId)
            {
                break;
            }

            ids = [.. ids, top];
            text += System.Text.Encoding.UTF8.GetString(models[0].Tokenizer.TextOf(top).Span); // plain English: no token cuts a character
        }

        return text;
    }

    private static double[][] Distributions(LanguageModel model, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var probabilities = model.Network.Logits(tensor(ids, [1, ids.Length], ScalarType.Int64)).softmax(2)[0].to(ScalarType.Float64);
        return [.. Enumerable.Range(0, ids.Length).Select(t => probabilities[t].data<double>().ToArray())];
    }

    private static Likelihood[] Scores(ITaskModel model)
    {
        var found = new Likelihood[_prompts.Length];
        model.Score([.. _prompts.Zip(_continuations, (p, c) => (new TaskPrompt(p, false), c))], (i, likelihood) => found[i] = likelihood, CancellationToken.None);
        return found;
    }

    private static string[] Written(ITaskModel model)
    {
        string[] written = new string[_prompts.Length];
        model.Write(_prompts.Select((p, i) => (i, new TaskPrompt(p, false))), _greedy, (place, text) => written[place] = text, CancellationToken.None);
        return written;
    }

    private static LanguageModel Load(string name) => LanguageModel.Load(name, DemoModels.Path(name), ScalarType.Float32, CPU);
}

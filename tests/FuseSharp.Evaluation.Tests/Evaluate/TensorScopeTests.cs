using FuseSharp.Evaluation.Ensemble;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Scoring;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Tests.Evaluate;

/// <summary>Every tensor that an operation makes in passing is held by a scope: the garbage collector would free it while libtorch still reads it (docs/decisions/0006-live-scalars.md).</summary>
public sealed class TensorScopeTests : IDisposable
{
    private readonly LanguageModel _model = Load("security");
    private readonly LanguageModel _other = Load("web");
    private readonly GenerateOptions _options = new() { MaxTokens = 8, Temperature = 0 };

    [Fact]
    public void Generate_MakesNoTensorOutsideAScope()
        => AssertNone(() => new TextGenerator(_model, _options).Generate(Enumerable.Range(0, 7).Select(i => (i, _model.PromptIds(new string('a', i + 1)))), 3, (_, _) => { }, CancellationToken.None));

    [Fact]
    public void Score_MakesNoTensorOutsideAScope()
        => AssertNone(() =>
        {
            new SequenceScorer(_model.Network, _model.Tokenizer.Vocabulary.Count, 5).Score([_model.PromptIds("Gets or sets the value"), _model.PromptIds("Gets")], null, CancellationToken.None);
            new LikelihoodScorer(_model, 4).Score([LikelihoodRequest.Create(_model, "Gets or", " sets"), LikelihoodRequest.Create(_model, "Gets or", " puts"), LikelihoodRequest.Create(_model, "The", " value")], (_, _) => { }, CancellationToken.None);
        });

    [Fact]
    public void Ensemble_MakesNoTensorOutsideAScope()
    {
        var ensemble = new EnsembleTaskModel(new ModelEnsemble([_model, _other], []));

        AssertNone(() =>
        {
            ensemble.Write([(0, new TaskPrompt("Gets or sets", false))], _options, (_, _) => { }, CancellationToken.None);
            ensemble.Score([(new TaskPrompt("Gets or sets", false), " the value")], (_, _) => { }, CancellationToken.None);
        });
    }

    [Fact]
    public async Task Take_WhileAnotherThreadCollectsGarbage_HasTheRightNumbers()
    {
        // Not for the whole test: behind an await it goes on in another thread, which this would set instead of the one that it was taken in.
        using var cache = new KeyValueCache();
        using (no_grad())
        using (NewDisposeScope())
        {
            _model.Network.HiddenStates(tensor(Enumerable.Range(5, 400).ToArray(), [1, 400], ScalarType.Int64), cache);
        }

        using var stop = new CancellationTokenSource();
        var collector = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        }, TestContext.Current.CancellationToken);
        try
        {
            using var noGradient = no_grad();
            for (int i = 0; i < 300; i++)
            {
                using var taken = cache.Take(new long[8], 390);
                Assert.Equal(390, taken.Length);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await collector;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _other.Dispose();
    }

    private static void AssertNone(Action work)
    {
        work(); // what is made once and kept
        long before = DisposeScopeManager.Statistics.CreatedOutsideScopeCount;

        work();

        Assert.Equal(before, DisposeScopeManager.Statistics.CreatedOutsideScopeCount);
    }

    private static LanguageModel Load(string name) => LanguageModel.Load(name, DemoModels.Path(name), ScalarType.Float32, CPU);
}

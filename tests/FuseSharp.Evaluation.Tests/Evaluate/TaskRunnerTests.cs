using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Tests.Evaluate;

public sealed class TaskRunnerTests : IDisposable
{
    private const double Tolerance = 1e-5;

    private readonly ScratchFolder _folder = new();
    private readonly LanguageModel _model;

    public TaskRunnerTests() => _model = LanguageModel.Load("tiny", _folder.Write("tiny.gguf", TinyGguf.Build()), ScalarType.Float32, CPU);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public void Score_AnyBatchSize_IsTheSumOverTheWholeSequence(int batchSize)
    {
        var random = new Random(3);
        LikelihoodRequest[] requests = [.. Enumerable.Range(0, 14).SelectMany(_ =>
        {
            int[] context = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(259, 267))];
            return Enumerable.Range(0, random.Next(1, 5)).Select(_ => new LikelihoodRequest(context, [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(259, 267))]));
        }), Greedy([1, 260, 261], 3)];

        var found = new Likelihood[requests.Length];
        new LikelihoodScorer(_model, batchSize).Score(requests, (i, likelihood) => found[i] = likelihood, CancellationToken.None);

        Assert.True(found[^1].IsGreedy);
        for (int i = 0; i < requests.Length; i++)
        {
            var (sum, isGreedy) = Oracle(requests[i]);
            Assert.Equal(sum, found[i].LogProbability, Tolerance);
            Assert.Equal(isGreedy, found[i].IsGreedy);
        }
    }

    [Fact]
    public void Of_ContextAndContinuation_AreTheTokensOfBothTogether()
    {
        // <s>, then ▁ab · c · ▁a · ▁b; "▁b" follows "ab c a", and the space at the prompt's end counts to the continuation.
        int[] whole = _model.Tokenizer.Encode("abc a b").Ids;
        Assert.Equal([1, .. whole[..^1]], LikelihoodRequest.Create(_model, "abc a", " b").Context);
        Assert.Equal(whole[^1..], LikelihoodRequest.Create(_model, "abc a", " b").Continuation);
        Assert.Equal(whole[^1..], LikelihoodRequest.Create(_model, "abc a ", "b").Continuation);
        Assert.Equal([1], LikelihoodRequest.Create(_model, "", "a").Context);
    }

    [Fact]
    public void Of_LongerThanTheContext_IsCutFromTheLeft()
    {
        var request = LikelihoodRequest.Create(_model, string.Join(' ', Enumerable.Repeat("c b", 200)), " ab");

        Assert.Equal(128, request.Context.Length + request.Continuation.Length - 1);
        Assert.Equal(_model.Tokenizer.Encode("b ab").Ids[^1..], request.Continuation);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Write_PromptsWithACommonStart_AreAnsweredAsEachAlone(int batchSize)
    {
        string[] prompts = ["ab a b c", "ab a b a", "ab a b", "c", "ab a b c", string.Join(' ', Enumerable.Repeat("a", 300))];
        var options = new GenerateOptions { MaxTokens = 12, Temperature = 0 };

        string[] together = Written(new TaskModel(_model, batchSize), prompts, options);

        for (int i = 0; i < prompts.Length; i++)
        {
            int[] ids = _model.PromptIds(prompts[i]);
            Assert.Equal(new TextGenerator(_model, options).Generate(ids[Math.Max(0, ids.Length - (128 - 12))..], CancellationToken.None), together[i]);
        }
    }

    [Fact]
    public void Write_EndsBeforeTheFirstStop()
    {
        var options = new GenerateOptions { MaxTokens = 12, Temperature = 0 };
        string whole = Written(new TaskModel(_model, 1), ["ab a b c"], options)[0];

        Assert.Equal(whole[..whole.IndexOf(whole[3..5], StringComparison.Ordinal)], Written(new TaskModel(_model, 1), ["ab a b c"], options with { Stop = ["never", whole[3..5], whole[5..]] })[0]);
    }

    [Fact]
    public void Run_Conversation_AsksThroughTheTemplateAndPutsNoSpaceBeforeTheAnswer()
    {
        File.WriteAllText(_folder.At("rows.jsonl"), """{"q":"b","c":["a","c"],"g":0}""");
        using var chatty = LanguageModel.Load("chatty", _folder.Write("chatty.gguf", TinyGguf.Build(chatTemplate: "{% for m in messages %}ab{{ m.content }}c{% endfor %}")), ScalarType.Float32, CPU);
        var options = new TaskRunOptions { Data = _folder.Path, Chat = true };
        var task = new TaskDefinition { Name = "choose", Kind = TaskKind.Choice, Data = ["rows.jsonl"], Prompt = "{q}", Choices = ["{c}"], Gold = "{g}" };
        var samples = new List<TaskSample>();

        new TaskRunner(new TaskModel(chatty, 4), options).Run([task], samples, SilentProgress.Instance, CancellationToken.None);

        Assert.Equal("abbc", Assert.Single(samples).Prompt);
        Assert.All(samples[0].Choices!, c => Assert.Equal(Oracle(LikelihoodRequest.Create(chatty, "abbc", c.Text)).Sum, c.LogProbability, Tolerance));
        var fault = Assert.Throws<ModelException>(() => new TaskRunner(new TaskModel(_model, 4), options).Run([task], samples, SilentProgress.Instance, CancellationToken.None));
        Assert.Contains("has no chat template", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("choose")]
    [InlineData("write")]
    public void Run_AgainBehindAJournal_AsksOnlyWhatIsMissingAndSaysTheSame(string name)
    {
        File.WriteAllLines(_folder.At("rows.jsonl"), Enumerable.Range(0, 6).Select(i => $$"""{"q":"{{new string('a', i + 1)}} b","c":["a","c"],"g":{{i % 2}}}"""));
        var task = name == "choose" ? new TaskDefinition { Name = name, Kind = TaskKind.Choice, Data = ["rows.jsonl"], Prompt = "{q}", Choices = ["{c}"], Gold = "{g}" }
            : new TaskDefinition { Name = name, Kind = TaskKind.Generate, Scoring = TaskScoring.Exact, Data = ["rows.jsonl"], Prompt = "{q}", Answers = ["a"], MaxTokens = 6, Temperature = 0.8 };
        var options = new TaskRunOptions { Data = _folder.Path };
        var whole = new List<TaskSample>();
        var uninterrupted = new TaskRunner(new TaskModel(_model, 2), options).Run([task], whole, SilentProgress.Instance, CancellationToken.None);
        var stopping = new StoppingModel(new TaskModel(_model, 1), after: 5);
        using (var first = Journal())
        {
            Assert.Throws<OperationCanceledException>(() => new TaskRunner(stopping, options, first).Run([task], [], SilentProgress.Instance, CancellationToken.None));
        }

        using var second = Journal();
        var counting = new StoppingModel(new TaskModel(_model, 2), after: int.MaxValue);
        var samples = new List<TaskSample>();
        var continued = new TaskRunner(counting, options, second).Run([task], samples, SilentProgress.Instance, CancellationToken.None);

        Assert.Equal((5, (name == "choose" ? 12 : 6) - 5), (second.Known.Count, counting.Answered));
        Assert.Equal(uninterrupted[0].Figures[0], continued[0].Figures[0]);
        Assert.Equal(whole.Select(s => (s.Row, s.Answer, s.Generated)), samples.Select(s => (s.Row, s.Answer, s.Generated)));
    }

    [Fact]
    public void Run_ChoicesAndTargets_GiveFiguresAndSamplesWhateverTheBatch()
    {
        File.WriteAllLines(_folder.At("rows.jsonl"), Enumerable.Range(0, 20).Select(i => $$"""{"q":"{{new string('a', (i % 5) + 1)}} b","c":["a","ab c","b"],"g":{{i % 3}}}"""));
        var choice = new TaskDefinition { Name = "choose", Kind = TaskKind.Choice, Data = ["rows.jsonl"], Prompt = "{q}", Choices = ["{c}"], Gold = "{g}" };
        var target = new TaskDefinition { Name = "target", Kind = TaskKind.Target, Data = ["rows.jsonl"], Prompt = "{q|without_last_word}", Answers = ["{q|last_word}"] };

        var runs = new[] { 1, 7, 32 }.Select(batch =>
        {
            var runner = new TaskRunner(new TaskModel(_model, batch), new TaskRunOptions { Data = _folder.Path, Shots = 2, Limit = 15 });
            var samples = new List<TaskSample>();
            var results = runner.Run([choice, target], samples, SilentProgress.Instance, CancellationToken.None);
            return (results, samples);
        }).ToArray();

        Assert.Equal(["acc", "acc_norm"], runs[0].results[0].Figures.Select(f => f.Name));
        Assert.Equal(["acc", "perplexity"], runs[0].results[1].Figures.Select(f => f.Name));
        Assert.Equal(30, runs[0].samples.Count);
        foreach (var (results, samples) in runs[1..])
        {
            Assert.Equal(runs[0].samples.Select(s => (s.Prompt, s.Answer)), samples.Select(s => (s.Prompt, s.Answer)));
            Assert.All(results.Zip(runs[0].results), r => Assert.All(r.First.Figures.Zip(r.Second.Figures), f => Assert.Equal(f.First.Value, f.Second.Value, 1e-3)));
        }
    }

    private JsonJournal<TaskAnswer> Journal() => new(_folder.At("answers.jsonl"), "key", ArtifactJson.Line);

    private static string[] Written(TaskModel model, string[] prompts, GenerateOptions options)
    {
        string[] written = new string[prompts.Length];
        model.Write(prompts.Select((p, i) => (i, new TaskPrompt(p, false))), options, (place, text) => written[place] = text, CancellationToken.None);
        return written;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    private LikelihoodRequest Greedy(int[] context, int tokens)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        List<long> ids = [.. context.Select(id => (long)id)];
        while (ids.Count < context.Length + tokens)
        {
            ids.Add(_model.Network.Logits(tensor(ids.ToArray(), [1, ids.Count]))[0, ids.Count - 1].argmax().item<long>());
        }

        return new LikelihoodRequest(context, [.. ids.Skip(context.Length).Select(id => (int)id)]);
    }

    // One sequence, no cache, no padding.
    private (double Sum, bool IsGreedy) Oracle(LikelihoodRequest request)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        long[] ids = [.. request.Context.Concat(request.Continuation).Select(id => (long)id)];
        var logits = _model.Network.Logits(tensor(ids, [1, ids.Length])).squeeze(0);
        var logProbabilities = nn.functional.log_softmax(logits, 1);
        double sum = 0;
        bool isGreedy = true;
        for (int t = request.Context.Length; t < ids.Length; t++)
        {
            sum += logProbabilities[t - 1, ids[t]].item<float>();
            isGreedy &= logits[t - 1].argmax().item<long>() == ids[t];
        }

        return (sum, isGreedy);
    }

    // Counts answers, and behaves like a user who stops the program after some.
    private sealed class StoppingModel(TaskModel model, int after) : ITaskModel
    {
        public int Answered { get; private set; }

        public bool HasChatTemplate => model.HasChatTemplate;

        public int Context => model.Context;

        public string TextOf(TaskPrompt prompt) => model.TextOf(prompt);

        public bool IsCut(TaskPrompt prompt, string? continuation, int maxTokens) => model.IsCut(prompt, continuation, maxTokens);

        public void Score(IReadOnlyList<(TaskPrompt Prompt, string Continuation)> asked, Action<int, Likelihood> scored, CancellationToken cancellation)
            => model.Score(asked, (i, likelihood) => Counted(() => scored(i, likelihood)), cancellation);

        public void Write(IEnumerable<(int Place, TaskPrompt Prompt)> prompts, GenerateOptions options, Action<int, string> written, CancellationToken cancellation)
            => model.Write(prompts, options, (place, text) => Counted(() => written(place, text)), cancellation);

        public void Dispose()
        {
        }

        private void Counted(Action answer)
        {
            if (Answered == after)
            {
                throw new OperationCanceledException();
            }

            Answered++;
            answer();
        }
    }
}

using System.Text.Json.Nodes;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Scoring;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Generate;

/// <summary>Continuations written side by side against the same ones written alone.</summary>
public sealed class GenerationBatchTests
{
    private const double Tolerance = 2e-5; // float32 products of another size

    /// <summary>Golden models of every kind of positions and attention.</summary>
    public static TheoryData<string> Families =>
    [
        "llama-mha", "llama-gqa-tied-llama3rope", "llama-dynamic-rope", "mistral-window8", "mixtral-4x-top2", "qwen2", "mpt-alibi", "mpt-6heads-clip", "gpt-neox", "gpt2",
    ];

    [Theory]
    [MemberData(nameof(Families))]
    public void Join_SequencesOfDifferentLengths_GiveTheLogitsOfEachAlone(string name)
    {
        Assert.SkipUnless(GoldenSet.Has("models", name), SharedData.MissingReason);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(GoldenSet.Path("models", name), ScalarType.Float32, CPU);
        using var golden = new SafetensorsReader(GoldenSet.Path("models", name, "golden.safetensors"));
        long[] ids = [.. golden.Read("input_ids").data<long>()];
        long[][] texts = [ids[..5], ids[10..31], ids[48..60]];
        KeyValueCache[] caches = [.. texts.Select(t => Read(model, t))];

        using var joined = KeyValueCache.Join([.. caches.Select(c => (c, new long[1]))]);
        var first = model.Logits(tensor(new long[] { 7, 8, 9 }, [3, 1]), joined);
        using var fewer = KeyValueCache.Join([(joined, [2, 0])]); // the longest leaves, and the room it took
        var second = model.Logits(tensor(new long[] { 5, 6 }, [2, 1]), fewer);

        for (int i = 0; i < 3; i++)
        {
            Assert.InRange(Distance(first[i], Alone(model, [.. texts[i], 7 + i])), 0, Tolerance);
        }

        Assert.Equal(13, fewer.Length - 1);
        Assert.InRange(Distance(second[0], Alone(model, [.. texts[2], 9, 5])), 0, Tolerance);
        Assert.InRange(Distance(second[1], Alone(model, [.. texts[0], 7, 6])), 0, Tolerance);
        Array.ForEach(caches, c => c.Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Generate_AnyBatchSize_WritesTheSame(double temperature)
    {
        using var model = Model();
        (int, int[])[] prompts = [.. Enumerable.Range(0, 7).Select(i => (i, model.PromptIds(new string('a', i + 1) + "b")))];

        string[] alone = Run(model, prompts, 1, temperature);

        Assert.Equal(alone, Run(model, prompts, 3, temperature));
        Assert.Equal(alone, Run(model, [.. prompts.Reverse()], 16, temperature));
        Assert.True(alone.Distinct().Count() > 1);
    }

    [Fact]
    public void Add_SeveralOfOnePrompt_EachDrawsItsOwn()
    {
        using var model = Model();
        int[] prompt = model.PromptIds("ab");
        Generation[] together = [.. Enumerable.Range(0, 3).Select(i => new Generation(model, prompt, Options(1) with { Seed = DrawSeed.Derive(42 + i, 0) }))];
        using var batch = new GenerationBatch(model);

        batch.Add(together);
        while (batch.Count > 0)
        {
            batch.Step();
        }

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(new TextGenerator(model, Options(1) with { Prompt = "ab", Seed = 42 + i }).Generate(CancellationToken.None), together[i].Text);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Add_PromptInPieces_BothWriteWhatTheyWriteAlone(int pieceTokens)
    {
        using var model = Model();
        string prompt = string.Concat(Enumerable.Repeat("abc ", 10));
        Generation[] both = [new(model, model.PromptIds("aab"), Options(0)), new(model, model.PromptIds(prompt), Options(0))];
        using var batch = new GenerationBatch(model);
        int pieces = 1;
        bool GoesOn()
        {
            batch.Step();
            pieces++;
            return true;
        }

        batch.Add([both[0]]);
        batch.Add([both[1]], pieceTokens, GoesOn);
        int meanwhile = both[0].Tokens.Count;
        while (batch.Count > 0)
        {
            batch.Step();
        }

        Assert.Equal((both[1].Prompt.Count - 1 + pieceTokens - 1) / pieceTokens, pieces); // both begin with the same token
        Assert.Equal(Math.Min(12, pieces), meanwhile);
        Assert.Equal([.. new[] { "aab", prompt }.Select(p => new TextGenerator(model, Options(0) with { Prompt = p }).Generate(CancellationToken.None))], both.Select(g => g.Text));
    }

    [Fact]
    public void Add_PromptThatNobodyWaitsFor_IsDroppedAndWhatWasReadIsKept()
    {
        using var model = Model();
        int[] prompt = model.PromptIds("abc abc abc");
        Generation[] both = [.. Enumerable.Range(0, 2).Select(_ => new Generation(model, prompt, Options(0)))];
        using var batch = new GenerationBatch(model);
        int pieces = 1;

        batch.Add([both[0]], 3, () => false);
        int dropped = batch.Count + both[0].Tokens.Count;
        batch.Add([both[1]], 1, () => ++pieces > 0);
        while (batch.Count > 0)
        {
            batch.Step();
        }

        Assert.Equal((0, prompt.Length - 3), (dropped, pieces));
        Assert.Equal(new TextGenerator(model, Options(0) with { Prompt = "abc abc abc" }).Generate(CancellationToken.None), both[1].Text);
    }

    [Fact]
    public void Keep_OneLeaves_TheOthersWriteOn()
    {
        using var model = Model();
        Generation[] both = [new(model, model.PromptIds("aab"), Options(0)), new(model, model.PromptIds("b"), Options(0))];
        using var batch = new GenerationBatch(model);
        batch.Add([both[0]]);
        batch.Add([both[1]]);

        batch.Keep(g => g == both[1]);
        while (batch.Count > 0)
        {
            batch.Step();
        }

        Assert.Null(both[0].Finish);
        Assert.Equal(new TextGenerator(model, Options(0) with { Prompt = "b" }).Generate(CancellationToken.None), both[1].Text);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Step_SomeEndAtTheContextsEnd_TheOthersWriteOn()
    {
        // Learned positions: whoever has left and is read one token too far has none. Seven write, one leaves at a time, which is too few to be taken out for that alone.
        using var tokenizers = Model();
        using var model = new LanguageModel("gpt2", "", ModelFolder.Load(GoldenSet.Path("models", "gpt2"), ScalarType.Float32, CPU), tokenizers.Tokenizer);
        int context = model.Network.Config.ContextLength;
        Generation[] all = [.. Enumerable.Range(0, 7).Select(i => new Generation(model, [.. Enumerable.Repeat(260 + i, context - 3 - (2 * i))], new GenerateOptions { Temperature = 0, MaxTokens = context }))];
        using var batch = new GenerationBatch(model);
        Array.ForEach(all, g => batch.Add([g]));

        while (batch.Count > 0)
        {
            batch.Step();
        }

        Assert.All(all, g => Assert.Equal(context, g.Finish == FinishReason.Length ? g.Prompt.Count + g.Tokens.Count : context));
        Assert.Contains(all, g => g.Finish == FinishReason.Length);
    }

    [Fact]
    public void Write_LogProbabilities_AreThoseOfTheModel()
    {
        using var model = Model();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        int[] prompt = model.PromptIds("ab");
        var continuation = new Generation(model, prompt, Options(0), topLogprobs: 3);
        using var batch = new GenerationBatch(model);

        batch.Add([continuation]);

        var expected = model.Network.Logits(tensor(prompt, [1, prompt.Length], ScalarType.Int64))[0, -1].narrow(0, 0, model.Tokenizer.Vocabulary.Count).log_softmax(0).topk(3);
        var token = continuation.Tokens[0];
        Assert.Equal(expected.indexes.data<long>(), token.TopTokens.Select(l => (long)l.Id));
        Assert.All(expected.values.data<float>().Zip(token.TopTokens), p => Assert.Equal(p.First, p.Second.LogProbability, 1e-5));
        Assert.Equal(token.TopTokens[0].Id, token.Id);
        Assert.Equal(token.TopTokens[0].LogProbability, token.LogProbability);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 7)]
    public void Write_PaddedHead_LogProbabilitiesAreThoseOfScoringAndNoPaddingIsDrawn(double temperature, int topK)
    {
        using var model = Model(isPadded: true);
        int vocabulary = model.Tokenizer.Vocabulary.Count;
        var continuation = new Generation(model, model.PromptIds("ab"), Options(temperature) with { TopK = topK }, topLogprobs: 2);
        ReadToTheEnd(model, continuation);

        int[] all = [.. continuation.Prompt, .. continuation.Tokens.Select(t => t.Id)];
        var scores = new SequenceScorer(model.Network, vocabulary, 2).Score([all], null, CancellationToken.None)[0];
        using var scope = NewDisposeScope();
        var expected = model.Network.Logits(tensor(all, [1, all.Length], ScalarType.Int64))[0].log_softmax(1); // over all rows, as transformers has it

        Assert.Equal(2 * vocabulary, model.Network.OutputWeight.shape[0]);
        Assert.All(expected.argmax(1).data<long>().ToArray(), id => Assert.True(id >= vocabulary));
        Assert.All(all, id => Assert.True(id < vocabulary));
        for (int i = 0; i < continuation.Tokens.Count; i++)
        {
            int position = continuation.Prompt.Count + i - 1;
            var token = continuation.Tokens[i];
            Assert.Equal(-scores.CrossEntropies[position], token.LogProbability, Tolerance);
            Assert.Equal(expected[position, token.Id].ToSingle(), token.LogProbability, Tolerance);
            Assert.Equal(scores.Indices[(position * 2)..((position * 2) + 2)], token.TopTokens.Select(l => l.Id));
            Assert.Equal(scores.Logits[position * 2] - scores.LogNormalizers[position], token.TopTokens[0].LogProbability, Tolerance);
        }
    }

    [Fact]
    public void Write_AnyOfTheModelsEndTokens_EndsTheText()
    {
        using var model = Model();
        var free = new Generation(model, model.PromptIds("ab"), Options(0));
        ReadToTheEnd(model, free);
        int third = free.Tokens[2].Id;
        int first = free.Tokens.Select(t => t.Id).ToList().IndexOf(third);
        model.Network.Config.Json["eos_token_id"] = new JsonArray(2, third);

        var ended = new Generation(model, model.PromptIds("ab"), Options(0));
        ReadToTheEnd(model, ended);

        Assert.Equal((FinishReason.EndOfText, first + 1), (ended.Finish, ended.Tokens.Count));
        Assert.StartsWith(ended.Text, free.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void TakeNewText_PartsMakeTheWhole()
    {
        using var model = Model();
        var parts = new List<string>();

        string whole = new TextGenerator(model, Options(1) with { Prompt = "ab" }).Generate(CancellationToken.None, parts.Add);

        Assert.Equal(whole, string.Concat(parts));
    }

    private static void ReadToTheEnd(LanguageModel model, Generation continuation)
    {
        using var batch = new GenerationBatch(model);
        batch.Add([continuation]);
        while (batch.Count > 0)
        {
            batch.Step();
        }
    }

    private static string[] Run(LanguageModel model, (int Place, int[] Prompt)[] prompts, int batchSize, double temperature)
    {
        string[] texts = new string[prompts.Length];
        new TextGenerator(model, Options(temperature)).Generate(prompts, batchSize, (place, done) => texts[place] = done.Text, CancellationToken.None);
        return texts;
    }

    private static GenerateOptions Options(double temperature) => new() { MaxTokens = 12, Temperature = temperature, TopP = 1 };

    private static LanguageModel Model(bool isPadded = false)
    {
        using var folder = new ScratchFolder();
        return LanguageModel.Load("tiny", folder.Write("tiny.gguf", TinyGguf.Build(isPadded: isPadded)), ScalarType.Float32, CPU);
    }

    private static KeyValueCache Read(CausalModel model, long[] ids)
    {
        var cache = new KeyValueCache();
        model.HiddenStates(tensor(ids, [1, ids.Length]), cache);
        return cache;
    }

    private static Tensor Alone(CausalModel model, long[] ids) => model.Logits(tensor(ids, [1, ids.Length]))[0, -1];

    private static double Distance(Tensor a, Tensor b) => (a.view(-1) - b.view(-1)).abs().max().ToDouble();
}

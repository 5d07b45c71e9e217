using System.Net.Http.Json;
using System.Text.Json;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Models.Generate;

namespace FuseSharp.EndToEnd.Tests.Serve;

public sealed class CompletionsTests
{
    [Fact]
    public async Task Completions_Greedy_IsWhatGenerateWrites()
    {
        await using var served = await ServedTinyModel.StartAsync();

        var (_, json) = await served.PostAsync("v1/completions", new { model = "tiny", prompt = new[] { "ab", "c" }, temperature = 0, max_tokens = 9 });

        string[] expected = [.. new[] { "ab", "c" }.Select(p => new TextGenerator(served.Model, new GenerateOptions { Prompt = p, Temperature = 0, MaxTokens = 9 }).Generate(CancellationToken.None))];
        Assert.Equal(expected, json.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));
        Assert.Equal("text_completion", json.GetProperty("object").GetString());
        Assert.Equal(served.Model.PromptIds("ab").Length + served.Model.PromptIds("c").Length, json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task Completions_SameSeed_DrawsTheSameAndEachOfNItsOwn()
    {
        await using var served = await ServedTinyModel.StartAsync();
        object body = new { prompt = "ab", n = 3, seed = 5, max_tokens = 8, stop = "\n" };

        var (_, first) = await served.PostAsync("v1/completions", body);
        var (_, second) = await served.PostAsync("v1/completions", body);

        string[] texts = [.. first.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()!)];
        Assert.Equal(texts, second.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()!));
        Assert.Equal(3, texts.Distinct().Count());
    }

    [Fact]
    public async Task Completions_TokensAsIds_AreNamedByThem()
    {
        await using var served = await ServedTinyModel.StartAsync();
        int[] prompt = [.. served.Model.PromptIds("ab ab")];

        var (_, json) = await served.PostAsync("v1/completions", new { prompt, max_tokens = 0, logprobs = 2, echo = true, return_tokens_as_token_ids = true });

        var told = json.GetProperty("choices")[0].GetProperty("logprobs");
        Assert.Equal(prompt.Select(i => $"token_id:{i}"), told.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()));
        Assert.All(told.GetProperty("top_logprobs").EnumerateArray().Skip(1), p => Assert.All(p.EnumerateObject(), c => Assert.Matches("^token_id:[0-9]+$", c.Name)));
    }

    /// <summary>What lm-evaluation-harness' local-completions sends for a multiple choice question, and what it reads of the answer.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Completions_EchoWithLogprobs_GivesTheHarnessItsLikelihoods(int maxTokens)
    {
        await using var served = await ServedTinyModel.StartAsync();
        int[] context = served.Model.PromptIds("ab a");
        int[][] continuations = [[.. served.Model.Tokenizer.EncodeContinuation(" ab"u8)], [.. served.Model.Tokenizer.EncodeContinuation("ca"u8)]];
        int[][] prompts = [.. continuations.Select(c => (int[])[.. context, .. c])];

        var (_, json) = await served.PostAsync("v1/completions", new { model = "tiny", prompt = prompts, temperature = 0, max_tokens = maxTokens, logprobs = 1, seed = 1234, echo = true });

        var expected = new Likelihood[continuations.Length];
        new LikelihoodScorer(served.Model, 1).Score([.. continuations.Select(c => new LikelihoodRequest(context, c))], (i, likelihood) => expected[i] = likelihood, CancellationToken.None);
        for (int i = 0; i < prompts.Length; i++)
        {
            var logprobs = json.GetProperty("choices")[i].GetProperty("logprobs");
            double?[] own = [.. logprobs.GetProperty("token_logprobs").EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? (double?)null : v.GetDouble())];
            double[][] top = [.. logprobs.GetProperty("top_logprobs").EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? [] : v.EnumerateObject().Select(p => p.Value.GetDouble()).ToArray())];
            var asked = context.Length..prompts[i].Length;
            Assert.Equal((prompts[i].Length + maxTokens, null), (own.Length, own[0]));
            Assert.Equal(expected[i].LogProbability, own[asked].Sum()!.Value, 1e-4);
            Assert.Equal(expected[i].IsGreedy, own[asked].Zip(top[asked]).All(p => p.First == p.Second.Max()));
            Assert.StartsWith("ab a", json.GetProperty("choices")[i].GetProperty("text").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Completions_PaddedHead_WrittenAndEchoedTokensHaveOneLogProbability()
    {
        await using var served = await ServedTinyModel.StartAsync(isPadded: true);
        int[] prompt = served.Model.PromptIds("ab");
        var (_, written) = await served.PostAsync("v1/completions", new { prompt, temperature = 0, max_tokens = 5, logprobs = 1 });
        string text = new TextGenerator(served.Model, new GenerateOptions { Prompt = "ab", Temperature = 0, MaxTokens = 5 }).Generate(CancellationToken.None);
        var generation = new Generation(served.Model, prompt, new GenerateOptions { Temperature = 0, MaxTokens = 5 });
        using (var batch = new GenerationBatch(served.Model))
        {
            batch.Add([generation]);
            while (batch.Count > 0)
            {
                batch.Step();
            }
        }

        var (_, echoed) = await served.PostAsync("v1/completions", new { prompt = (int[])[.. prompt, .. generation.Tokens.Select(t => t.Id)], max_tokens = 0, logprobs = 1, echo = true });

        double[] Own(JsonElement json) => [.. json.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("token_logprobs").EnumerateArray().Where(v => v.ValueKind == JsonValueKind.Number).Select(v => v.GetDouble())];
        Assert.Equal(text, written.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal(generation.Tokens.Count, Own(written).Length);
        Assert.All(Own(written).Zip(Own(echoed)[^generation.Tokens.Count..]), p => Assert.Equal(p.Second, p.First, 2e-5));
        Assert.All(Own(written), p => Assert.True(p < -Math.Log(2))); // some row of padding is likelier than the most likely token
    }

    [Fact]
    public async Task Completions_Stream_EndsWithDoneAndPartsMakeTheWhole()
    {
        await using var served = await ServedTinyModel.StartAsync();
        var body = new { prompt = "ab", seed = 3, max_tokens = 20, stream = true, echo = true, stream_options = new { include_usage = true } };
        var (_, whole) = await served.PostAsync("v1/completions", new { body.prompt, body.seed, body.max_tokens, body.echo });

        using var response = await served.Client.PostAsync("v1/completions", new StringContent(JsonSerializer.Serialize(body), null, "application/json"), TestContext.Current.CancellationToken);
        string[] events = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("data: [DONE]", events[^1]);
        JsonElement[] pieces = [.. events[..^1].Select(e => JsonSerializer.Deserialize<JsonElement>(e["data: ".Length..]))];
        Assert.Equal(whole.GetProperty("choices")[0].GetProperty("text").GetString(), string.Concat(pieces[..^1].Select(p => p.GetProperty("choices")[0].GetProperty("text").GetString())));
        Assert.Equal(whole.GetProperty("usage").GetProperty("total_tokens").GetInt32(), pieces[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task Completions_LongPrompt_DoesNotKeepTheOthersWaiting()
    {
        await using var served = await ServedTinyModel.StartAsync(isEndless: true);
        int[] prompt = [.. Enumerable.Range(0, 2600).Select(i => 259 + (i % 8))]; // read in 11 pieces
        var body = new { prompt = new int[][] { [259], prompt }, temperature = 0, max_tokens = 20, stream = true };

        using var response = await served.Client.PostAsJsonAsync("v1/completions", body, TestContext.Current.CancellationToken);

        string[] events = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        int[] choices = [.. events[..^1].Select(e => JsonSerializer.Deserialize<JsonElement>(e["data: ".Length..]).GetProperty("choices")[0].GetProperty("index").GetInt32())];
        Assert.Equal(11, Array.IndexOf(choices, 1)); // the first token of the short one, and one between any two pieces
        Assert.Equal(20, choices.Count(c => c == 1));
    }

    [Fact]
    public async Task Completions_ManyClientsAtOnce_EachGetsWhatItGetsAlone()
    {
        await using var served = await ServedTinyModel.StartAsync();
        string[] prompts = [.. Enumerable.Range(1, 12).Select(i => new string('a', i) + "b")];
        object Body(string prompt) => new { prompt, temperature = 0, max_tokens = 16 };

        var together = await Task.WhenAll(prompts.Select(p => served.PostAsync("v1/completions", Body(p))));

        for (int i = 0; i < prompts.Length; i++)
        {
            string alone = new TextGenerator(served.Model, new GenerateOptions { Prompt = prompts[i], Temperature = 0, MaxTokens = 16 }).Generate(CancellationToken.None);
            Assert.Equal(alone, together[i].Json.GetProperty("choices")[0].GetProperty("text").GetString());
        }
    }
}

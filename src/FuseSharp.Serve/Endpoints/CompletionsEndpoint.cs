using FuseSharp.Models.Generate;
using FuseSharp.Serve.Jobs;
using FuseSharp.Serve.Protocol;
using Microsoft.AspNetCore.Http;

namespace FuseSharp.Serve.Endpoints;

/// <summary><c>POST /v1/completions</c>: continues prompts; with <c>echo</c> and <c>logprobs</c> it also scores them, which is what lm-evaluation-harness asks for.</summary>
/// <param name="served">The model.</param>
/// <param name="time">The clock.</param>
internal sealed class CompletionsEndpoint(ServedModel served, TimeProvider time)
{
    private const int DefaultMaxTokens = 16; // OpenAI's

    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext context, CompletionRequest request)
    {
        if (!string.IsNullOrEmpty(request.Suffix) || (request.BestOf is { } best && best != (request.N ?? 1)))
        {
            throw new ApiException(400, "'suffix' and 'best_of' are not supported.", request.BestOf is null ? "suffix" : "best_of");
        }

        var prompts = await PromptField.ReadAsync(request.Prompt, served, context.RequestAborted);
        int n = ServedModel.CountOf(request.N, prompts.Count);
        int? topLogprobs = ServedModel.TopTokensOf(request.Logprobs, "logprobs", ServedModel.MostLogprobs);
        bool echoes = request.Echo ?? false;
        if (echoes && topLogprobs is { } named)
        {
            ServedModel.CheckNamed(prompts, n, named);
        }

        int maxTokens = request.MaxTokens ?? DefaultMaxTokens;
        if (maxTokens is < 0 or > GenerateOptions.LargestMaxTokens)
        {
            throw new ApiException(400, FormattableString.Invariant($"'max_tokens' is {maxTokens}, expected 0 to {GenerateOptions.LargestMaxTokens}; 0 echoes the prompt alone."), "max_tokens");
        }

        served.CheckLengths(prompts, writes: maxTokens > 0, "prompt");
        var continuations = ContinuationsOf(request, maxTokens, prompts, n, topLogprobs);
        var job = served.Enqueue(prompts, continuations, echoes ? topLogprobs : null, context.RequestAborted);
        CompletionText[] texts = [.. Enumerable.Range(0, prompts.Count * n).Select(_ => new CompletionText(served.Model.Tokenizer, topLogprobs, request.ReturnTokensAsTokenIds ?? false))];
        CompletionChoice[] echoed = [];
        if (echoes)
        {
            var scores = topLogprobs is null ? null : await job.Scores;
            echoed = [.. texts.Select((t, i) => t.Echo(i, prompts[i / n], scores?[i / n]))];
        }

        string id = $"cmpl-{Guid.NewGuid():N}";
        if (request.Stream ?? false)
        {
            await StreamAsync(new EventStream(context.Response), id, job, texts, echoed, request.StreamOptions?.IncludeUsage ?? false);
        }
        else
        {
            await JsonBody.WriteAsync(context, await CollectAsync(id, job, texts));
        }
    }

    private async Task StreamAsync(EventStream stream, string id, GenerationJob job, CompletionText[] texts, CompletionChoice[] echoed, bool countsUsage)
    {
        foreach (var piece in echoed)
        {
            await stream.SendAsync(ReplyOf(id, [piece]));
        }

        int written = 0;
        await foreach (var news in job.Events)
        {
            written += news.Tokens.Count;
            await stream.SendAsync(ReplyOf(id, [texts[news.Choice].Continue(news)]));
        }

        if (countsUsage)
        {
            await stream.SendAsync(ReplyOf(id, []) with { Usage = UsageOf(job, written) });
        }

        await stream.EndAsync();
    }

    private async Task<Reply<CompletionChoice>> CollectAsync(string id, GenerationJob job, CompletionText[] texts)
    {
        int written = 0;
        await foreach (var news in job.Events)
        {
            written += news.Tokens.Count;
            texts[news.Choice].Continue(news);
        }

        return ReplyOf(id, [.. texts.Select((t, i) => t.Whole(i))]) with { Usage = UsageOf(job, written) };
    }

    private static UsageReply UsageOf(GenerationJob job, int written) => new(job.Prompts.Sum(p => p.Length), written);

    private Generation[][] ContinuationsOf(CompletionRequest request, int maxTokens, List<int[]> prompts, int n, int? topLogprobs)
    {
        var options = request.ToOptions(Math.Max(1, maxTokens));
        return maxTokens == 0 ? []
            : [.. prompts.Select((p, i) => Enumerable.Range(0, n).Select(j => new Generation(served.Model, p, options with { Seed = DrawSeed.Derive(options.Seed, i, j) }, topLogprobs)).ToArray())];
    }

    private Reply<CompletionChoice> ReplyOf(string id, CompletionChoice[] choices) => new(id, "text_completion", time.GetUtcNow().ToUnixTimeSeconds(), served.Name, choices);
}

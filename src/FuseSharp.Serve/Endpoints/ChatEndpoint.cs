using System.Text;
using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Models.Generate;
using FuseSharp.Serve.Jobs;
using FuseSharp.Serve.Protocol;
using FuseSharp.Tokenizers;
using Microsoft.AspNetCore.Http;

namespace FuseSharp.Serve.Endpoints;

/// <summary><c>POST /v1/chat/completions</c>: answers a conversation, written with the model's chat template.</summary>
/// <param name="served">The model.</param>
/// <param name="time">The clock.</param>
internal sealed class ChatEndpoint(ServedModel served, TimeProvider time)
{
    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext context, ChatRequest request)
    {
        CheckSupported(request);
        int[] prompt = (await served.TokenizeAsync([TextOf(request)], isConversation: true, "messages", context.RequestAborted))[0];
        served.CheckLengths([prompt], writes: true, "messages");
        int n = ServedModel.CountOf(request.N, 1);
        int? topLogprobs = request.Logprobs ?? false ? ServedModel.TopTokensOf(request.TopLogprobs, "top_logprobs", ServedModel.MostOfAnAnswer) ?? 0 : null;
        int maxTokens = request.MaxCompletionTokens ?? request.MaxTokens ?? served.Model.Network.Config.ContextLength;
        var options = request.ToOptions(maxTokens);
        Generation[] continuations = [.. Enumerable.Range(0, n).Select(i => new Generation(served.Model, prompt, options with { Seed = DrawSeed.Derive(options.Seed, 0, i) }, topLogprobs))];
        var job = served.Enqueue([prompt], [continuations], null, context.RequestAborted);
        string id = $"chatcmpl-{Guid.NewGuid():N}";
        if (request.Stream ?? false)
        {
            await StreamAsync(new EventStream(context.Response), id, job, n, request.StreamOptions?.IncludeUsage ?? false, topLogprobs);
        }
        else
        {
            await JsonBody.WriteAsync(context, await CollectAsync(id, job, n, topLogprobs));
        }
    }

    private async Task StreamAsync(EventStream stream, string id, GenerationJob job, int n, bool countsUsage, int? topLogprobs)
    {
        int written = 0;
        for (int i = 0; i < n; i++)
        {
            await stream.SendAsync(ChunkOf(id, new ChatChunkChoice(i, new DeltaReply("assistant", ""), null, null)));
        }

        await foreach (var news in job.Events)
        {
            written += news.Tokens.Count;
            var tokens = topLogprobs is null ? null : new ChatTokensReply([.. news.Tokens.Select(t => TokenOf(t, topLogprobs.Value))]);
            await stream.SendAsync(ChunkOf(id, new ChatChunkChoice(news.Choice, new DeltaReply(null, news.Text), tokens, CompletionText.NameOf(news.Finish))));
        }

        if (countsUsage)
        {
            await stream.SendAsync(new Reply<ChatChunkChoice>(id, "chat.completion.chunk", Now, served.Name, []) { Usage = new UsageReply(job.Prompts[0].Length, written) });
        }

        await stream.EndAsync();
    }

    private async Task<Reply<ChatChoice>> CollectAsync(string id, GenerationJob job, int n, int? topLogprobs)
    {
        StringBuilder[] texts = [.. Enumerable.Range(0, n).Select(_ => new StringBuilder())];
        List<ChatTokenReply>[] tokens = [.. Enumerable.Range(0, n).Select(_ => new List<ChatTokenReply>())];
        string?[] reasons = new string?[n];
        int written = 0;
        await foreach (var news in job.Events)
        {
            written += news.Tokens.Count;
            texts[news.Choice].Append(news.Text);
            tokens[news.Choice].AddRange(topLogprobs is null ? [] : news.Tokens.Select(t => TokenOf(t, topLogprobs.Value)));
            reasons[news.Choice] = CompletionText.NameOf(news.Finish);
        }

        var choices = texts.Select((t, i) => new ChatChoice(i, new MessageReply("assistant", t.ToString()), topLogprobs is null ? null : new ChatTokensReply(tokens[i]), reasons[i]));
        return new Reply<ChatChoice>(id, "chat.completion", Now, served.Name, [.. choices]) { Usage = new UsageReply(job.Prompts[0].Length, written) };
    }

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    private Reply<ChatChunkChoice> ChunkOf(string id, ChatChunkChoice choice) => new(id, "chat.completion.chunk", Now, served.Name, [choice]);

    private ChatTokenReply TokenOf(GeneratedToken token, int topLogprobs)
        => TokenOf(token.Id, token.LogProbability) with { TopLogprobs = [.. token.TopTokens.Take(topLogprobs).Select(l => TokenOf(l.Id, l.LogProbability))] };

    private ChatTokenReply TokenOf(int id, double logProbability)
        => new(TokenText.Show(served.Model.Tokenizer, id), logProbability, [.. TokenText.BytesOf(served.Model.Tokenizer, id).ToArray().Select(b => (int)b)], null);

    private static void CheckSupported(ChatRequest request)
    {
        if (request.Tools is { ValueKind: JsonValueKind.Array } tools && tools.GetArrayLength() > 0)
        {
            throw new ApiException(400, "'tools' are not supported.", "tools");
        }

        if (request.ResponseFormat is { ValueKind: JsonValueKind.Object } format && !(format.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("text")))
        {
            throw new ApiException(400, "'response_format' other than text is not supported.", "response_format");
        }
    }

    private string TextOf(ChatRequest request)
    {
        if (served.Template is not { } template)
        {
            throw new ApiException(400, $"The model '{served.Name}' has no chat template. Use /v1/completions.", "messages");
        }

        return request.Messages is { Count: > 0 } messages
            ? template.Render([.. messages.Select(m => new ChatMessage(m?.Role ?? throw new ApiException(400, "A message has no 'role'.", "messages"), TextOrTexts.ContentOf(m.Content)))])
            : throw new ApiException(400, "'messages' is missing or empty. Expected a list of objects with 'role' and 'content'.", "messages");
    }
}

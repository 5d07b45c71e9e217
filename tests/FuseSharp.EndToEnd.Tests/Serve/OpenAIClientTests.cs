using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>OpenAI's own .NET client against the server.</summary>
public sealed class OpenAIClientTests
{
    [Fact]
    public async Task Chat_CompleteAndStream_SayTheSame()
    {
        await using var served = await ServedTinyModel.StartAsync();
        var chat = ClientOf(served, "any").GetChatClient("tiny");
        ChatMessage[] messages = [new SystemChatMessage("a"), new UserChatMessage("c")];
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 12, IncludeLogProbabilities = true, TopLogProbabilityCount = 2 };

        ChatCompletion whole = await chat.CompleteChatAsync(messages, options, TestContext.Current.CancellationToken);
        string streamed = "";
        int outputTokens = 0;
        ChatFinishReason? reason = null;
        await foreach (var update in chat.CompleteChatStreamingAsync(messages, options, TestContext.Current.CancellationToken))
        {
            streamed += string.Concat(update.ContentUpdate.Select(p => p.Text));
            outputTokens = update.Usage?.OutputTokenCount ?? outputTokens;
            reason = update.FinishReason ?? reason;
        }

        Assert.Equal(whole.Content[0].Text, streamed);
        Assert.Equal((ChatMessageRole.Assistant, whole.Usage.OutputTokenCount, whole.FinishReason), (whole.Role, outputTokens, reason!.Value));
        Assert.Equal(whole.Usage.OutputTokenCount, whole.ContentTokenLogProbabilities.Count);
        Assert.All(whole.ContentTokenLogProbabilities, t => Assert.Equal(t.LogProbability, t.TopLogProbabilities[0].LogProbability));
    }

    [Fact]
    public async Task Models_ListsTheModel()
    {
        await using var served = await ServedTinyModel.StartAsync();

        OpenAIModelCollection models = await ClientOf(served, "any").GetOpenAIModelClient().GetModelsAsync(TestContext.Current.CancellationToken);

        Assert.Equal("tiny", Assert.Single(models).Id);
    }

    [Fact]
    public async Task Chat_WrongKey_IsUnauthorizedAndTheRightOneIsNot()
    {
        await using var served = await ServedTinyModel.StartAsync(o => o with { ApiKey = "secret" });
        ChatMessage[] messages = [new UserChatMessage("c")];

        var fault = await Assert.ThrowsAsync<ClientResultException>(() => ClientOf(served, "secre").GetChatClient("tiny").CompleteChatAsync(messages, cancellationToken: TestContext.Current.CancellationToken));
        await ClientOf(served, "secret").GetChatClient("tiny").CompleteChatAsync(messages, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(401, fault.Status);
    }

    private static OpenAIClient ClientOf(ServedTinyModel served, string key)
        => new(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(served.Address, "v1") });
}

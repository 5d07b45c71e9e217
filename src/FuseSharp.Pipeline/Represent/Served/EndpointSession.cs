using System.Text.Json;
using FuseSharp.Evaluation.Endpoints;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>Asks a server about prompts in a protocol that fits it.</summary>
/// <param name="endpoint">The server.</param>
/// <param name="model">Its name of the model.</param>
/// <param name="protocol">That fits.</param>
internal sealed class EndpointSession(EndpointConnection endpoint, string model, IPromptProtocol protocol)
{
    private const int Deepest = 32;

    // No protocol writes more than this for a candidate, its text escaped; and what stands around.
    private const long CandidateBytes = 512;
    private const long AnswerBytes = 1 << 20;

    /// <summary>The server.</summary>
    public EndpointConnection Endpoint => endpoint;

    /// <summary>How it is asked.</summary>
    public IPromptProtocol Protocol => protocol;

    /// <summary>Asks, whatever the answer.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<EndpointAnswer> PostAsync(PromptQuestion question, CancellationToken cancellation)
        => endpoint.PostAsync(protocol.Path, protocol.BodyOf(model, question), AnswerBytes + (question.Ids.Length * (question.Candidates + 2) * CandidateBytes), cancellation);

    /// <summary>Reads a good answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="question">What was asked.</param>
    /// <exception cref="AnswerException">It is not the protocol's.</exception>
    public PromptAnswer Read(EndpointAnswer answer, PromptQuestion question) => Read(protocol, answer, question);

    /// <summary>Reads a good answer of a protocol.</summary>
    internal static PromptAnswer Read(IPromptProtocol protocol, EndpointAnswer answer, PromptQuestion question)
    {
        try
        {
            using var json = JsonDocument.Parse(answer.Body, new JsonDocumentOptions { MaxDepth = Deepest });
            return protocol.Read(json.RootElement, question);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException) // the latter for texts that are no UTF-8
        {
            throw new AnswerException($"it is no JSON that can be read: {answer.Shown}");
        }
    }

    /// <summary>Asks about a prompt.</summary>
    /// <param name="question">The question.</param>
    /// <param name="take">Makes the result; what it finds wrong is told as the answer's fault.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="Errors.UsageException">The server refuses, stays out of reach, or answers otherwise than its protocol says.</exception>
    public async Task<T> AskAsync<T>(PromptQuestion question, Func<PromptAnswer, T> take, CancellationToken cancellation)
    {
        var answer = await PostAsync(question, cancellation).ConfigureAwait(false);
        Check(answer);
        if (!answer.IsSuccess)
        {
            throw EndpointErrors.Refused(endpoint, model, question.Ids.Length, answer);
        }

        try
        {
            return take(Read(answer, question));
        }
        catch (AnswerException fault)
        {
            throw EndpointErrors.Unreadable(endpoint, protocol.Protocol, fault.Message);
        }
    }

    /// <summary>Refuses what no other question changes: a missing key, another address.</summary>
    public void Check(EndpointAnswer answer)
    {
        if ((int)answer.Status is 401 or 403)
        {
            throw EndpointErrors.Key(endpoint, answer);
        }

        if (answer.Elsewhere is { } place)
        {
            throw EndpointErrors.Elsewhere(endpoint, place);
        }
    }
}

using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Serve.Jobs;
using FuseSharp.Serve.Protocol;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Serve.Endpoints;

/// <summary>What the endpoints work with.</summary>
/// <param name="Name">Under which clients ask for it.</param>
/// <param name="Model">Only read.</param>
/// <param name="Template">Null where the model has none.</param>
/// <param name="Queue">Does the work.</param>
/// <param name="Started">When the server was started.</param>
internal sealed record ServedModel(string Name, LanguageModel Model, ChatTemplate? Template, GenerationQueue Queue, DateTimeOffset Started)
{
    // As many as OpenAI allows of each.
    internal const int MostContinuations = 128;
    internal const int MostOfAnAnswer = 20;

    // A source's rows have 10 to 50 candidates as a rule; OpenAI's own 5 or 20 are not enough for them.
    internal const int MostLogprobs = 512;

    // Of an echoed prompt, all tokens together: an answer of some 200 MB.
    private const long MostNamed = 1 << 22;

    // Of the whole process: what is bounded is its memory.
    private static readonly SemaphoreSlim _tokenizing = new(Environment.ProcessorCount);

    // No token covers more bytes of text.
    private readonly int _longestToken = Enumerable.Range(0, Model.Tokenizer.Vocabulary.Count).Max(id => Math.Max(1, Model.Tokenizer.TextOf(id).Length));

    /// <summary>Tokens of prompts, a few requests' at a time; a text that must have more than the context is refused unread.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="isConversation">Whether the chat template wrote them.</param>
    /// <param name="field">That holds them.</param>
    /// <param name="cancellation">Of the client.</param>
    public async Task<List<int[]>> TokenizeAsync(IReadOnlyList<string> texts, bool isConversation, string field, CancellationToken cancellation)
    {
        int context = Model.Network.Config.ContextLength;
        foreach (string text in texts)
        {
            if (text.Length > (long)context * _longestToken)
            {
                throw TooLong(FormattableString.Invariant($"A prompt has {text.Length:N0} characters, the model's context {context:N0} tokens."), field);
            }
        }

        await _tokenizing.WaitAsync(cancellation);
        try
        {
            return [.. texts.Select(t => Model.PromptIds(t, isConversation))];
        }
        finally
        {
            _tokenizing.Release();
        }
    }

    /// <summary>Checks that prompts leave room in the context.</summary>
    /// <param name="prompts">Token ids.</param>
    /// <param name="writes">Whether something is written after them.</param>
    /// <param name="field">That holds them.</param>
    public void CheckLengths(IReadOnlyList<int[]> prompts, bool writes, string field) => CheckLength(prompts.Max(p => p.Length), writes, field);

    /// <summary>Checks that a prompt leaves room in the context.</summary>
    /// <param name="length">Tokens.</param>
    /// <param name="writes">Whether something is written after it.</param>
    /// <param name="field">That holds it.</param>
    public void CheckLength(int length, bool writes, string field)
    {
        int context = Model.Network.Config.ContextLength;
        if (length + (writes ? 1 : 0) > context)
        {
            throw TooLong(FormattableString.Invariant($"A prompt has {length:N0} tokens, the model's context {context:N0}{(writes ? ", of which at least one is for the answer" : "")}."), field);
        }
    }

    private static ApiException TooLong(string message, string field) => new(400, message, field, "context_length_exceeded");

    /// <summary>What clients are told of it. Beside OpenAI's members its context, as vLLM names it, and whether it answers conversations.</summary>
    public object About => new { id = Name, @object = "model", created = Started.ToUnixTimeSeconds(), owned_by = "fusesharp", max_model_len = Model.Network.Config.ContextLength, has_chat_template = Template is not null };

    /// <exception cref="ApiException">It is out of range.</exception>
    public static int CountOf(int? n, int prompts)
        => n is null or >= 1 && (n ?? 1) * (long)prompts <= MostContinuations ? n ?? 1
            : throw new ApiException(400, FormattableString.Invariant($"{n ?? 1} continuations of {prompts} prompts were asked for, expected 'n' of at least 1 and at most {MostContinuations} in all."), "n");

    /// <exception cref="ApiException">It is out of range.</exception>
    public static int? TopTokensOf(int? count, string field, int most)
        => count is null || (count >= 0 && count <= most) ? count : throw new ApiException(400, FormattableString.Invariant($"'{field}' is {count}, expected 0 to {most}."), field);

    /// <summary>Checks how much an answer with the prompts' own log-probabilities names.</summary>
    /// <param name="prompts">Token ids.</param>
    /// <param name="continuations">Of each prompt, which all repeat it.</param>
    /// <param name="topTokens">Named at each token.</param>
    /// <exception cref="ApiException">It is too much.</exception>
    public static void CheckNamed(IReadOnlyList<int[]> prompts, int continuations, int topTokens)
    {
        long tokens = prompts.Sum(p => (long)p.Length) * continuations;
        if (tokens * topTokens > MostNamed)
        {
            throw new ApiException(400, FormattableString.Invariant($"'logprobs' of {topTokens} at {tokens:N0} tokens of prompts were asked for, expected at most {MostNamed:N0} in all. Ask for fewer prompts at once, or for fewer."), "logprobs");
        }
    }

    /// <summary>Starts the work of a request.</summary>
    /// <exception cref="ApiException">Too many wait.</exception>
    public GenerationJob Enqueue(IReadOnlyList<int[]> prompts, IReadOnlyList<Generation[]> continuations, int? scoredTopTokens, CancellationToken cancellation)
    {
        var job = new GenerationJob(prompts, continuations, scoredTopTokens, cancellation);
        return Queue.TryAdd(job) ? job : throw new ApiException(429, "Too many requests wait. Try again later.", code: "rate_limit_exceeded");
    }
}

using System.Globalization;
using System.Text.Json;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>OpenAI's completions with <c>echo</c> and <c>logprobs</c>: the prompt's tokens, their log-probabilities, and for each a mapping of tokens to log-probabilities.</summary>
/// <remarks>Tokens are written <c>token_id:123</c> where the server can; otherwise as texts, by which they are told apart as far as that goes.</remarks>
/// <param name="asksForIds">Whether ids are asked for.</param>
/// <param name="maxTokens">0, or 1 for servers that must write something; it is not read.</param>
/// <param name="texts">What tokens a text stands for.</param>
internal sealed class CompletionsProtocol(bool asksForIds, int maxTokens, TokenTexts texts) : IPromptProtocol
{
    private const string IdMark = "token_id:";

    /// <inheritdoc/>
    public EndpointProtocol Protocol => EndpointProtocol.Completions;

    /// <inheritdoc/>
    public string Path => "completions";

    /// <inheritdoc/>
    public bool NamesIds => asksForIds;

    /// <inheritdoc/>
    public object BodyOf(string model, PromptQuestion question)
        => asksForIds && !question.WantsTexts ? new { model, prompt = question.Ids, max_tokens = maxTokens, temperature = 1, echo = true, logprobs = question.Candidates, return_tokens_as_token_ids = true }
            : new { model, prompt = question.Ids, max_tokens = maxTokens, temperature = 1, echo = true, logprobs = question.Candidates };

    /// <inheritdoc/>
    public PromptAnswer Read(JsonElement answer, PromptQuestion question)
    {
        int[] ids = question.Ids;
        int longest = ids.Length + Math.Max(maxTokens, 1); // what was written behind the prompt
        var choice = AnswerJson.List(answer, "choices", "choices", 1, 1)[0];
        var told = AnswerJson.Member(choice, "logprobs", "choices[0].logprobs", JsonValueKind.Object);
        var tokens = AnswerJson.List(told, "tokens", "choices[0].logprobs.tokens", ids.Length, longest);
        var numbers = AnswerJson.List(told, "token_logprobs", "choices[0].logprobs.token_logprobs", ids.Length, longest);
        var tops = AnswerJson.List(told, "top_logprobs", "choices[0].logprobs.top_logprobs", ids.Length, longest);
        double[] own = new double[ids.Length];
        var candidates = new (int, double)[ids.Length][];
        string?[] names = new string?[ids.Length];
        candidates[0] = [];
        for (int t = 0; t < ids.Length; t++)
        {
            string name = tokens[t].ValueKind == JsonValueKind.String ? tokens[t].GetString()! : throw new AnswerException(FormattableString.Invariant($"'choices[0].logprobs.tokens[{t}]' is {AnswerJson.Shown(tokens[t])}, expected a token"));
            bool isId = IsId(name, out int id);
            if (asksForIds && !question.WantsTexts && !isId)
            {
                throw new AnswerException(FormattableString.Invariant($"'choices[0].logprobs.tokens[{t}]' is a text, expected {IdMark}{ids[t]}, as 'return_tokens_as_token_ids' asks"));
            }

            if (isId && id != ids[t])
            {
                throw new AnswerException(FormattableString.Invariant($"'choices[0].logprobs.tokens[{t}]' is {name}, expected {IdMark}{ids[t]}, which was sent"));
            }

            names[t] = isId ? null : name;
            if (t > 0)
            {
                own[t] = AnswerJson.LogProbability(numbers[t], FormattableString.Invariant($"choices[0].logprobs.token_logprobs[{t}]"));
                candidates[t] = question.WantsTexts && asksForIds ? [] : CandidatesAt(tops[t], FormattableString.Invariant($"choices[0].logprobs.top_logprobs[{t}]"));
            }
        }

        return new(own, candidates) { Texts = names };
    }

    private (int Id, double LogProbability)[] CandidatesAt(JsonElement place, string path)
    {
        if (place.ValueKind != JsonValueKind.Object)
        {
            throw new AnswerException($"'{path}' is {AnswerJson.Shown(place)}, expected an object");
        }

        var found = new List<(int, double)>();
        foreach (var candidate in place.EnumerateObject())
        {
            double logProbability = AnswerJson.LogProbability(candidate.Value, $"{path}.{(candidate.Name.Length > 40 ? "…" : candidate.Name)}");
            if (IsId(candidate.Name, out int id) || (!asksForIds && texts.Find(candidate.Name) is { } one && (id = one) >= 0))
            {
                found.Add((id, logProbability));
            }
            else if (asksForIds)
            {
                throw new AnswerException($"'{path}' has a key that is a text, expected {IdMark}…, as 'return_tokens_as_token_ids' asks");
            }
        }

        return [.. found];
    }

    private static bool IsId(string name, out int id)
    {
        id = -1;
        return name.StartsWith(IdMark, StringComparison.Ordinal) && int.TryParse(name.AsSpan(IdMark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }
}

using System.Text.Json;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>SGLang's <c>/generate</c>: lists of log-probability, id and text, for the prompt's own tokens and for the likeliest ones.</summary>
internal sealed class SglangProtocol : IPromptProtocol
{
    /// <inheritdoc/>
    public EndpointProtocol Protocol => EndpointProtocol.Sglang;

    /// <inheritdoc/>
    public string Path => "../generate";

    /// <inheritdoc/>
    public bool NamesIds => true;

    /// <inheritdoc/>
    public object BodyOf(string model, PromptQuestion question) => new
    {
        input_ids = question.Ids,
        sampling_params = new { max_new_tokens = 1, temperature = 1 },
        return_logprob = true,
        logprob_start_len = 0,
        top_logprobs_num = question.Candidates,
        return_text_in_logprobs = question.WantsTexts,
    };

    /// <inheritdoc/>
    public PromptAnswer Read(JsonElement answer, PromptQuestion question)
    {
        int[] ids = question.Ids;
        var info = AnswerJson.Member(answer, "meta_info", "meta_info", JsonValueKind.Object);
        var tokens = AnswerJson.List(info, "input_token_logprobs", "meta_info.input_token_logprobs", ids.Length, ids.Length);
        var tops = AnswerJson.List(info, "input_top_logprobs", "meta_info.input_top_logprobs", ids.Length, ids.Length);
        double[] own = new double[ids.Length];
        var candidates = new (int, double)[ids.Length][];
        string?[] texts = new string?[ids.Length];
        candidates[0] = [];
        for (int t = 0; t < ids.Length; t++)
        {
            string path = FormattableString.Invariant($"meta_info.input_token_logprobs[{t}]");
            int id = AnswerJson.Id(Entry(tokens[t], path)[1], path + "[1]");
            if (id != ids[t])
            {
                throw new AnswerException(FormattableString.Invariant($"'{path}' is about token {id}, expected {ids[t]}, which was sent"));
            }

            texts[t] = Entry(tokens[t], path) is { Length: > 2 } whole && whole[2].ValueKind == JsonValueKind.String ? whole[2].GetString() : null;
            if (t > 0)
            {
                own[t] = AnswerJson.LogProbability(Entry(tokens[t], path)[0], path + "[0]");
                candidates[t] = CandidatesAt(tops[t], FormattableString.Invariant($"meta_info.input_top_logprobs[{t}]"));
            }
        }

        return new(own, candidates) { Texts = question.WantsTexts ? texts : null };
    }

    private static (int Id, double LogProbability)[] CandidatesAt(JsonElement place, string path)
        => place.ValueKind != JsonValueKind.Array ? throw new AnswerException($"'{path}' is {AnswerJson.Shown(place)}, expected a list")
            : [.. place.EnumerateArray().Select((c, i) => FormattableString.Invariant($"{path}[{i}]") is var at && Entry(c, at) is var entry
                ? (AnswerJson.Id(entry[1], at + "[1]"), AnswerJson.LogProbability(entry[0], at + "[0]")) : default)];

    // [log-probability, id, text or null]
    private static JsonElement[] Entry(JsonElement entry, string path)
        => entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() is 2 or 3 ? [.. entry.EnumerateArray()]
            : throw new AnswerException($"'{path}' is {AnswerJson.Shown(entry)}, expected a log-probability, an id and a text");
}

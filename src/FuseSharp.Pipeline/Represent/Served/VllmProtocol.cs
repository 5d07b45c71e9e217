using System.Globalization;
using System.Text.Json;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>vLLM's <c>prompt_logprobs</c>: for each token of the prompt a mapping of ids to log-probabilities, null for the first.</summary>
internal sealed class VllmProtocol : IPromptProtocol
{
    /// <inheritdoc/>
    public EndpointProtocol Protocol => EndpointProtocol.Vllm;

    /// <inheritdoc/>
    public string Path => "completions";

    /// <inheritdoc/>
    public bool NamesIds => true;

    /// <inheritdoc/>
    public object BodyOf(string model, PromptQuestion question)
        => new { model, prompt = question.Ids, max_tokens = 1, temperature = 1, prompt_logprobs = question.Candidates }; // at temperature 1 no server scales what it reports

    /// <inheritdoc/>
    public PromptAnswer Read(JsonElement answer, PromptQuestion question)
    {
        int[] ids = question.Ids;
        var choice = AnswerJson.List(answer, "choices", "choices", 1, 1)[0];
        var places = AnswerJson.List(choice, "prompt_logprobs", "choices[0].prompt_logprobs", ids.Length, ids.Length);
        double[] own = new double[ids.Length];
        var candidates = new (int, double)[ids.Length][];
        string?[] texts = new string?[ids.Length];
        candidates[0] = [];
        for (int t = 1; t < ids.Length; t++)
        {
            string path = FormattableString.Invariant($"choices[0].prompt_logprobs[{t}]");
            candidates[t] = CandidatesAt(places[t], path);
            int place = Array.FindIndex(candidates[t], c => c.Item1 == ids[t]);
            own[t] = place >= 0 ? candidates[t][place].Item2 : throw new AnswerException(FormattableString.Invariant($"'{path}' does not hold token {ids[t]}, which was sent"));
            texts[t] = places[t].TryGetProperty(ids[t].ToString(CultureInfo.InvariantCulture), out var entry) && entry.TryGetProperty("decoded_token", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
        }

        return new(own, candidates) { Texts = texts };
    }

    private static (int Id, double LogProbability)[] CandidatesAt(JsonElement place, string path)
        => place.ValueKind != JsonValueKind.Object ? throw new AnswerException($"'{path}' is {AnswerJson.Shown(place)}, expected an object")
            : [.. place.EnumerateObject().Select(c => (
                int.TryParse(c.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : throw new AnswerException($"'{path}' has the key '{(c.Name.Length > 40 ? c.Name[..40] + "…" : c.Name)}', expected a token id"),
                AnswerJson.LogProbability(AnswerJson.Member(c.Value, "logprob", $"{path}.{c.Name}.logprob", JsonValueKind.Number), $"{path}.{c.Name}.logprob")))];
}

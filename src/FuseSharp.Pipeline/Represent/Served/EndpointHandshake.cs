using System.Globalization;
using System.Text.RegularExpressions;
using FuseSharp.Evaluation.Endpoints;
using FuseSharp.Tokenizers;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>The first words with a server: which protocol it speaks, how many candidates it names, whether its tokens are the tokenizer's, and what it says of the probes.</summary>
/// <param name="endpoint">The server.</param>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
internal sealed partial class EndpointHandshake(EndpointConnection endpoint, EndpointModel model, ITokenizer tokenizer)
{
    // Of servers that refuse a number of candidates without saying what they allow.
    private static readonly int[] _usual = [20, 5, 1];

    private readonly TokenTexts _texts = new(tokenizer);

    /// <summary>Talks to the server.</summary>
    /// <param name="topK">Candidates that are wanted.</param>
    /// <param name="known">A protocol that it is known to speak; null to find one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>How to go on asking, and what the model is known by.</returns>
    public async Task<(EndpointSession Session, EndpointFingerprint Fingerprint)> RunAsync(int topK, EndpointProtocol? known, CancellationToken cancellation)
    {
        int[][] probes = [.. EndpointFingerprint.Probes.Select(p => tokenizer.Encode(p).Ids)];
        var (session, candidates) = await FindAsync(probes[0], topK, model.Protocol == EndpointProtocol.Auto ? known ?? EndpointProtocol.Auto : model.Protocol, cancellation).ConfigureAwait(false);
        await CompareTokensAsync(session, probes[0], cancellation).ConfigureAwait(false);
        var answers = new List<PromptAnswer>();
        foreach (int[] probe in probes)
        {
            answers.Add(await session.AskAsync(new PromptQuestion(probe, candidates), a => a, cancellation).ConfigureAwait(false));
        }

        int named = session.Protocol.NamesIds ? Named(answers) : candidates;
        if (named == 0)
        {
            throw EndpointErrors.NoProtocol(endpoint, model.Model, [$"{EndpointErrors.Name(session.Protocol.Protocol)}: it names the prompt's own tokens alone"]);
        }

        double[] numbers = [.. answers.SelectMany(a => a.LogProbabilities.Skip(1)).Select(l => Math.Round(l, 4))];
        return (session, new EndpointFingerprint(model.Endpoint.ToString(), model.Model, session.Protocol.Protocol, Math.Min(candidates, named), tokenizer.Fingerprint, EndpointFingerprint.MarkOf(numbers), numbers));
    }

    private IEnumerable<IPromptProtocol> Protocols(EndpointProtocol wanted)
    {
        IPromptProtocol[] all =
        [
            new VllmProtocol(), new SglangProtocol(), new CompletionsProtocol(asksForIds: true, 0, _texts), new CompletionsProtocol(asksForIds: true, 1, _texts),
            new CompletionsProtocol(asksForIds: false, 0, _texts), new CompletionsProtocol(asksForIds: false, 1, _texts),
        ];
        return all.Where(p => wanted == EndpointProtocol.Auto || p.Protocol == wanted);
    }

    private async Task<(EndpointSession Session, int Candidates)> FindAsync(int[] probe, int topK, EndpointProtocol wanted, CancellationToken cancellation)
    {
        var reasons = new List<string>();
        foreach (var protocol in Protocols(wanted))
        {
            var session = new EndpointSession(endpoint, model.Model, protocol);
            var (candidates, reason) = await TryAsync(session, probe, topK, cancellation).ConfigureAwait(false);
            if (reason is null)
            {
                return (session, candidates);
            }

            reasons.Add($"{EndpointErrors.Name(protocol.Protocol)}: {reason}");
        }

        throw EndpointErrors.NoProtocol(endpoint, model.Model, reasons.Distinct());
    }

    // How many candidates the server accepts, or why it gives no answer of this protocol.
    private static async Task<(int Candidates, string? Reason)> TryAsync(EndpointSession session, int[] probe, int topK, CancellationToken cancellation)
    {
        for (int candidates = topK; ;)
        {
            var question = new PromptQuestion(probe, candidates);
            var answer = await session.PostAsync(question, cancellation).ConfigureAwait(false);
            session.Check(answer);
            if (answer.IsSuccess)
            {
                try
                {
                    session.Read(answer, question);
                    return (candidates, null);
                }
                catch (AnswerException fault)
                {
                    return (0, fault.Message);
                }
            }

            if (FewerThan(candidates, answer.Shown) is not { } fewer)
            {
                return (0, FormattableString.Invariant($"{(int)answer.Status} {answer.Shown}"));
            }

            candidates = fewer;
        }
    }

    /// <summary>How many candidates a refusal allows; null where it is about something else.</summary>
    /// <param name="asked">What was asked for.</param>
    /// <param name="refusal">Such as <c>Requested prompt logprobs of 50, which is greater than max allowed: 20</c>.</param>
    internal static int? FewerThan(int asked, string refusal)
    {
        if (!refusal.Contains("logprobs", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        int[] named = [.. Numbers().Matches(refusal).Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture)).Where(n => n > 0 && n < asked)];
        return named.Length > 0 ? named.Max() : refusal.Contains(asked.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal) ? _usual.FirstOrDefault(n => n < asked) is > 0 and var usual ? usual : null : null;
    }

    // How many of its likeliest tokens a server names that cuts without a word: it adds the prompt's own token where that is none of them, so the shortest list counts,
    // and where all are as long and the own token is everywhere the last, it is everywhere the added one.
    private static int Named(List<PromptAnswer> answers)
    {
        var places = answers.SelectMany(a => a.Candidates.Zip(a.LogProbabilities).Skip(1)).ToList();
        int least = places.Min(p => p.First.Length);
        bool areAllLonger = least > 0 && places.TrueForAll(p => p.First.Length == least && p.First.Min(c => c.LogProbability) == p.Second);
        return areAllLonger ? least - 1 : least;
    }

    private async Task CompareTokensAsync(EndpointSession session, int[] probe, CancellationToken cancellation)
    {
        string?[] texts = await session.AskAsync(new PromptQuestion(probe, 1) { WantsTexts = true }, a => a.Texts ?? [], cancellation).ConfigureAwait(false);
        for (int t = 0; t < texts.Length; t++)
        {
            if (texts[t] is { } text && !_texts.MayBe(probe[t], text))
            {
                throw EndpointErrors.OtherTokenizer(endpoint, model, t, probe[t], text, _texts.NameOf(probe[t]));
            }
        }
    }

    [GeneratedRegex(@"(?<![\d.])\d{1,6}(?![\d.]\d)", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}

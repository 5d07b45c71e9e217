namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>What a server says of one prompt; index t is about token t, which the tokens before it predict, so that nothing is said of the first.</summary>
/// <param name="LogProbabilities">[tokens] of the prompt's own tokens; 0 at the first.</param>
/// <param name="Candidates">[tokens] the likeliest tokens at each place, in no certain order; the prompt's own may stand among them though it is none of the likeliest. Empty at the first.</param>
internal sealed record PromptAnswer(double[] LogProbabilities, (int Id, double LogProbability)[][] Candidates)
{
    /// <summary>[tokens] the texts of the prompt's tokens as the server knows them, null where it does not say; null where they were not asked for.</summary>
    public string?[]? Texts { get; init; }
}

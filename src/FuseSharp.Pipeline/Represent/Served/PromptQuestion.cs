namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>What a server is asked about one prompt.</summary>
/// <param name="Ids">Token ids of the prompt, at least two.</param>
/// <param name="Candidates">How many likeliest tokens of each position.</param>
internal sealed record PromptQuestion(int[] Ids, int Candidates)
{
    /// <summary>Whether the texts of the prompt's tokens are asked for.</summary>
    public bool WantsTexts { get; init; }
}

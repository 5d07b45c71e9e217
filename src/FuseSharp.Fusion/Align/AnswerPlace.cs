namespace FuseSharp.Fusion.Align;

/// <summary>What the templates of two models do at a place in an answer.</summary>
/// <param name="SourceEnds">Ids of the source's tokens that end an answer.</param>
/// <param name="TargetEnd">The token that ends this answer for the target; −1 where ordinary text does.</param>
/// <param name="SourceLead">Bytes of the source's template with which its next token begins.</param>
/// <param name="TargetLead">Bytes of the target's template with which its next token begins.</param>
internal sealed record AnswerPlace(IReadOnlyList<int> SourceEnds, int TargetEnd, byte[] SourceLead, byte[] TargetLead)
{
    /// <summary>Whether a token of the source ends an answer.</summary>
    public bool EndsAnswer(int id) => SourceEnds.Contains(id);

    /// <summary>What tells two places apart, for the same two models.</summary>
    public (int, string, string) Key => (TargetEnd, Convert.ToHexString(SourceLead), Convert.ToHexString(TargetLead));
}

using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Models.Rows;

namespace FuseSharp.Models.Decoding;

/// <summary>A layer of a decoder on rows: see <see cref="LayerDesign"/>.</summary>
/// <param name="Design">How.</param>
/// <param name="Attention">Its attention.</param>
/// <param name="FeedForward">Its feed-forward part.</param>
internal sealed unsafe record LayerRows(LayerDesign Design, AttentionRows Attention, FeedForwardRows FeedForward)
{
    /// <summary>Null for none, as the others.</summary>
    public RowNorm? BeforeAttention { get; init; }

    /// <summary>Of what attention gives.</summary>
    public RowNorm? AfterAttention { get; init; }

    /// <summary>Before the feed-forward part.</summary>
    public RowNorm? BeforeFeedForward { get; init; }

    /// <summary>Of what that gives.</summary>
    public RowNorm? AfterFeedForward { get; init; }

    /// <summary>Runs it on the space's states.</summary>
    /// <param name="cache">Of the texts.</param>
    /// <param name="angles">By kind of positions.</param>
    /// <param name="space">Shared by the layers.</param>
    public void Run(IStepCache cache, IReadOnlyDictionary<RotaryPositions, StepAngles> angles, StepSpace space)
    {
        var normed = Normed(BeforeAttention, space);
        Attention.Run(normed, space.Part, cache, Design.Attention.Rotary is { } kind ? angles[kind] : null, space);
        AfterAttention?.Run(space.Part, space.Part);
        if (!Design.IsParallel)
        {
            Add(space);
            normed = Normed(BeforeFeedForward, space);
            FeedForward.Run(normed, space.Part, space);
            AfterFeedForward?.Run(space.Part, space.Part);
            Add(space);
            return;
        }

        // Both read the same normed states, which where there is no norm are the states themselves: attention's part is added last.
        FeedForward.Run(normed, space.Mixed, space);
        Add(space);
        RowArithmetic.Add(space.Mixed.Row(0), space.States.Row(0), space.States.Numbers.Length, (float)Design.ResidualScale);
        space.States.Changed();
    }

    private static StateRows Normed(RowNorm? norm, StepSpace space)
    {
        if (norm is null)
        {
            return space.States;
        }

        norm.Run(space.States, space.Normed);
        return space.Normed;
    }

    private void Add(StepSpace space)
    {
        RowArithmetic.Add(space.Part.Row(0), space.States.Row(0), space.States.Numbers.Length, (float)Design.ResidualScale);
        space.States.Changed();
    }
}

namespace FuseSharp.Models.Families;

/// <summary>A layer: attention and a feed-forward part, each added to the states. Without more it is Llama's: a norm before each of both.</summary>
/// <param name="Norm">Kind of its norms.</param>
/// <param name="Attention">Its attention.</param>
/// <param name="FeedForward">Its feed-forward part.</param>
internal sealed record LayerDesign(NormDesign Norm, AttentionDesign Attention, FeedForwardDesign FeedForward)
{
    /// <summary>Name of the norm before attention; null for none.</summary>
    public string? BeforeAttention { get; init; } = "input_layernorm";

    /// <summary>Name of the norm of what attention gives, before it is added; null for none.</summary>
    public string? AfterAttention { get; init; }

    /// <summary>Name of the norm before the feed-forward part; null for none.</summary>
    public string? BeforeFeedForward { get; init; } = "post_attention_layernorm";

    /// <summary>Name of the norm of what that gives; null for none.</summary>
    public string? AfterFeedForward { get; init; }

    /// <summary>Whether both parts read the same normed states, side by side.</summary>
    public bool IsParallel { get; init; }

    /// <summary>What both results are multiplied by before they are added.</summary>
    public double ResidualScale { get; init; } = 1;
}

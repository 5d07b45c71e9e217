using FuseSharp.Models.Decoding;
using FuseSharp.Models.Families;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>The part of a layer that works on each token by itself.</summary>
internal abstract class FeedForward() : nn.Module("mlp")
{
    /// <summary>Makes the part of a design.</summary>
    /// <param name="design">How.</param>
    /// <param name="type">Working type.</param>
    public static FeedForward Create(FeedForwardDesign design, ScalarType type)
        => design.Experts is { Limit: not null } ? new StackedExperts(design, type)
            : design.Experts is not null ? new MixtureOfExperts(design, type)
            : design.Kind switch
            {
                FeedForwardKind.Gated => new GatedFeedForward(design, ("gate_proj", "up_proj", "down_proj"), type),
                FeedForwardKind.FusedGated => new FusedFeedForward(design, type),
                _ => new PlainFeedForward(design, type),
            };

    /// <param name="states">[…, hidden].</param>
    public abstract Tensor Forward(Tensor states);

    /// <summary>The same on rows; null where rows do not have it.</summary>
    public virtual FeedForwardRows? Rows() => null;
}

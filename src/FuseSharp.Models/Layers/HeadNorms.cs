using FuseSharp.Models.Decoding;
using FuseSharp.Models.Families;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>A norm for each head of queries or keys, of one weight for all: see <see cref="HeadNormKind"/>.</summary>
internal static class HeadNorms
{
    /// <summary>Makes the norm of queries or keys.</summary>
    /// <param name="design">How.</param>
    /// <param name="heads">Of the queries or keys.</param>
    /// <param name="headSize">Width of each.</param>
    /// <param name="type">Working type.</param>
    public static Norm Create(HeadNormDesign design, int heads, int headSize, ScalarType type) => design.Kind switch
    {
        HeadNormKind.Whole => Norm.Create(design.Norm, (long)heads * headSize, type),
        HeadNormKind.Shared => Norm.Create(design.Norm, headSize, type),
        _ => new EachHeadNorm(design.Norm, heads, headSize, type),
    };

    /// <summary>Norms projected states.</summary>
    /// <param name="norm">From <see cref="Create"/>; null for none.</param>
    /// <param name="kind">As it was made.</param>
    /// <param name="projected">[batch, tokens, heads · size].</param>
    /// <param name="headSize">Width of a head.</param>
    public static Tensor Run(Norm? norm, HeadNormKind? kind, Tensor projected, long headSize)
        => norm is null ? projected
            : kind == HeadNormKind.Whole ? norm.Forward(projected)
            : norm.Forward(projected.unflatten(2, [-1, headSize])).flatten(2);

    /// <summary>The same on rows.</summary>
    /// <param name="norm">From <see cref="Create"/>; null for none.</param>
    /// <param name="kind">As it was made.</param>
    public static HeadRowNorms? Rows(Norm? norm, HeadNormKind? kind)
        => norm is null ? null : new HeadRowNorms(norm is EachHeadNorm each ? each.OfHeads() : [norm.Rows()!], kind == HeadNormKind.Whole);

    // Weights named norms.0.weight, norms.1.weight, … .
    private sealed class EachHeadNorm : Norm
    {
        private readonly ModuleList<Norm> norms;

        public EachHeadNorm(NormDesign design, int heads, int headSize, ScalarType type)
        {
            norms = nn.ModuleList([.. Enumerable.Range(0, heads).Select(_ => Norm.Create(design, headSize, type))]);
            RegisterComponents();
        }

        public RowNorm[] OfHeads() => [.. norms.Select(n => n.Rows()!)];

        // [batch, tokens, heads, size].
        public override Tensor Forward(Tensor states) => stack(states.unbind(2).Zip(norms, (s, n) => n.Forward(s)), 2);
    }
}

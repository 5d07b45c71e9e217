using FuseSharp.Models.Rows;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>A row for every token id, or for every position.</summary>
internal sealed class TokenEmbedding : nn.Module
{
    public readonly Parameter weight;
    private WeightRows? _kept;

    /// <param name="rows">Ids.</param>
    /// <param name="size">Width of a row.</param>
    /// <param name="type">Working type.</param>
    public TokenEmbedding(long rows, long size, ScalarType type)
        : base("embedding")
    {
        weight = nn.Parameter(empty(rows, size, dtype: type));
        RegisterComponents();
    }

    /// <summary>Takes the rows in the form in which they are stored, and frees its own: see <see cref="AdaptableLinear.Keep"/>.</summary>
    public void Keep(WeightRows rows)
    {
        _kept = rows;
        KeptProduct.Empty(weight);
    }

    /// <summary>What is kept; null where the parameter has the numbers.</summary>
    public WeightRows? Kept => _kept;

    /// <summary>Its rows; null where they are not in float32 on the processor.</summary>
    public WeightRows? Rows() => _kept ?? (FloatRows.Fit(weight) ? new FloatRows(weight) : null);

    /// <param name="ids">[…] int64, each below the number of rows.</param>
    /// <returns>[…, size].</returns>
    public Tensor Forward(Tensor ids) => (_kept is null ? weight.index_select(0, ids.flatten()) : KeptProduct.Look(_kept, ids.flatten())).view([.. ids.shape, weight.shape[1]]);
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>A row for every token id, or for every position.</summary>
internal sealed class TokenEmbedding : nn.Module
{
    public readonly Parameter weight;

    /// <param name="rows">Ids.</param>
    /// <param name="size">Width of a row.</param>
    /// <param name="type">Working type.</param>
    public TokenEmbedding(long rows, long size, ScalarType type)
        : base("embedding")
    {
        weight = nn.Parameter(empty(rows, size, dtype: type));
        RegisterComponents();
    }

    /// <param name="ids">[…] int64, each below the number of rows.</param>
    /// <returns>[…, size].</returns>
    public Tensor Forward(Tensor ids) => weight.index_select(0, ids.flatten()).view([.. ids.shape, weight.shape[1]]);
}

namespace FuseSharp.Models.Checkpoints;

/// <summary>How llama.cpp names and lays out the tensors of one of its decoders.</summary>
/// <param name="Name">Its <c>general.architecture</c>.</param>
/// <param name="Inside">Tensors of a block with their counterparts in Hugging Face's layers, both without <c>.weight</c> or <c>.bias</c>.</param>
internal sealed record GgufArchitecture(string Name, IReadOnlyDictionary<string, string> Inside)
{
    /// <summary>What stands before a block's number in Hugging Face's names.</summary>
    public string Blocks { get; init; } = "model.layers";

    /// <summary>Tensors outside blocks, llama.cpp's names to Hugging Face's.</summary>
    public IReadOnlyDictionary<string, string> Outside { get; init; } = GgufArchitectures.UsualOutside;

    /// <summary>Tensors of a block that lie otherwise than Hugging Face's, by their names as in <see cref="Inside"/>.</summary>
    public IReadOnlyDictionary<string, RowOrder> Orders { get; init; } = new Dictionary<string, RowOrder>();

    /// <summary>Whether rows of queries and keys lie in pairs.</summary>
    public bool IsInterleaved { get; init; }

    /// <summary>Whether norms are stored as 1 + w.</summary>
    public bool HasOffsetNorms { get; init; }

    /// <summary>Whether a head that is the embedding is stored once more, since llama.cpp ties none of this architecture.</summary>
    public bool StoresTiedHead { get; init; }

    /// <summary>Tensors that hold many of Hugging Face's, one for each expert or head: what stands there before and behind the number.</summary>
    public IReadOnlyDictionary<string, (string Before, string Behind)> Stacks { get; init; } = new Dictionary<string, (string, string)>();

    /// <summary>Tensors that are a part of one of Hugging Face's or lie otherwise, both with their whole names.</summary>
    public IReadOnlyDictionary<string, (string Name, RowOrder Order)> Parts { get; init; } = new Dictionary<string, (string, RowOrder)>();

    /// <summary>How a tensor of a block or behind them lies.</summary>
    /// <param name="part">Such as <c>attn_q</c>.</param>
    /// <param name="kind"><c>weight</c> or <c>bias</c>.</param>
    public RowOrder OrderOf(string part, string kind)
        => Orders.TryGetValue(part, out var order) ? kind == "bias" && order == RowOrder.Transposed ? RowOrder.Same : order
            : HasOffsetNorms && part.EndsWith("_norm", StringComparison.Ordinal) ? RowOrder.PlusOne
            : !IsInterleaved ? RowOrder.Same
            : part switch { "attn_q" => RowOrder.InterleavedQueries, "attn_k" => RowOrder.InterleavedKeys, _ => RowOrder.Same };
}

namespace FuseSharp.Models.Checkpoints;

/// <summary>How llama.cpp wants a tensor of Hugging Face's laid out.</summary>
internal enum RowOrder
{
    /// <summary>As it is.</summary>
    Same,

    /// <summary>Rows of each head in pairs (0, half), (1, half + 1) …: queries of the Llama line.</summary>
    InterleavedQueries,

    /// <summary>The same for keys, which may have fewer heads.</summary>
    InterleavedKeys,

    /// <summary>Inputs and outputs exchanged: GPT-2 stores matrices input by output.</summary>
    Transposed,

    /// <summary>All queries, then all keys, then all values: GPT-NeoX has the three together for each head.</summary>
    SplitQueryKeyValue,

    /// <summary>1 more: Gemma's norms multiply by (1 + w), llama.cpp's by w.</summary>
    PlusOne,

    /// <summary>Inputs and outputs of each expert exchanged: GPT-OSS stores [experts, inputs, outputs].</summary>
    TransposedExperts,

    /// <summary>Columns 0, 2, 4 …, of matrices exchanged likewise: gates of GPT-OSS's experts.</summary>
    EvenColumns,

    /// <summary>Columns 1, 3, 5 …: what those gates let through.</summary>
    OddColumns,

    /// <summary>Rows of keys of every head, [heads, latent, plain]: DeepSeek's keys and values out of the latent come in one map.</summary>
    LatentKeys,

    /// <summary>Its rows of values, [heads, value, latent].</summary>
    LatentValues,
}

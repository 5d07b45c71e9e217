namespace FuseSharp.Models.Export;

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
}

namespace FuseSharp.Models.Adapters;

/// <summary>What an adapter's file holds for one module: keys of its tensors, null for those that are not there.</summary>
internal sealed class AdapterParts
{
    /// <summary>A, [rank, inputs].</summary>
    public string? Down { get; set; }

    /// <summary>B, [outputs, rank].</summary>
    public string? Up { get; set; }

    /// <summary>A bias behind B, [outputs].</summary>
    public string? UpBias { get; set; }

    /// <summary>DoRA's lengths, [outputs].</summary>
    public string? Magnitude { get; set; }

    /// <summary>New rows of single tokens, [tokens, width].</summary>
    public string? Rows { get; set; }

    /// <summary>Whether A and B stand beside an embedding, whose weight lies inputs by outputs.</summary>
    public bool IsEmbedding { get; set; }

    /// <summary>A key of one that is there, for messages.</summary>
    public string Any => Down ?? Up ?? UpBias ?? Magnitude ?? Rows!;
}

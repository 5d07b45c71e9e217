namespace FuseSharp.Models.Decoding;

/// <summary>Keys and values of the tokens that some texts have so far.</summary>
internal interface IStepCache
{
    /// <summary>Tokens, those of the longest text.</summary>
    long Length { get; }

    /// <summary>How many positions stand empty before each text's first token; null where all are equally long.</summary>
    long[]? Padding { get; }

    /// <summary>Makes room for one more token of a layer that has read some, and gives where all lie.</summary>
    /// <param name="layer">Its number.</param>
    CacheRows MakeRoom(int layer);

    /// <summary>Says that all layers have so many tokens more.</summary>
    /// <param name="tokens">How many.</param>
    void Advance(long tokens);
}

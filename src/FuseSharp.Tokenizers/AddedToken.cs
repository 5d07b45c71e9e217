namespace FuseSharp.Tokenizers;

/// <summary>A token that is recognized in the text before anything else.</summary>
internal sealed record AddedToken
{
    /// <summary>Its id.</summary>
    public required int Id { get; init; }

    /// <summary>What is looked for in the text; not empty.</summary>
    public required string Content { get; init; }

    /// <summary>Whether it is a control token that decoding skips.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>Whether it is looked for after normalization instead of before.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Whether it takes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Whether it takes the white space behind it.</summary>
    public bool StripsRight { get; init; }

    /// <summary>Whether it must not touch a letter or digit.</summary>
    public bool IsSingleWord { get; init; }
}

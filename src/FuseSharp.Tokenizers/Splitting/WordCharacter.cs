namespace FuseSharp.Tokenizers.Splitting;

/// <summary>What regular expressions of Rust, by which Hugging Face finds the borders of words, take a character for.</summary>
internal enum WordCharacter
{
    /// <summary><c>\s</c>.</summary>
    Space,

    /// <summary><c>\w</c>.</summary>
    Word,

    /// <summary>Neither.</summary>
    Other,
}

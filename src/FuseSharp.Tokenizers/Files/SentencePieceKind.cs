namespace FuseSharp.Tokenizers.Files;

/// <summary>What a SentencePiece piece is for; the numbers are those of the file, and of GGUF.</summary>
internal enum SentencePieceKind
{
    /// <summary>Made by merging.</summary>
    Normal = 1,

    /// <summary>Stands for what cannot be spelled.</summary>
    Unknown = 2,

    /// <summary>Control token, no text.</summary>
    Control = 3,

    /// <summary>Found in the text as it is, never merged.</summary>
    UserDefined = 4,

    /// <summary>Merged, then taken apart again.</summary>
    Unused = 5,

    /// <summary>One byte.</summary>
    Byte = 6,
}

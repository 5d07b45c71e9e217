namespace FuseSharp.Storage.Texts;

/// <summary>The texts of one domain: either <see cref="Path"/>, split by a hash of each document, or files for each split.</summary>
public sealed record TextEntry
{
    /// <summary>The column of a plain text where none is named.</summary>
    public const string DefaultField = "text";

    /// <summary>A file (.txt, .jsonl, .json, .csv, .tsv, these as .gz, .zst, .bz2 or .xz, .parquet, .arrow), a folder of them (also of Hugging Face <c>save_to_disk</c>), a pattern with <c>*</c> or
    /// <c>**</c>, or <c>sdk:AREA</c>, with <c>sdk:AREA-chat</c> for questions and answers about it. Where the names below a folder tell the splits (<c>train/</c>, <c>test-00000-of-00002.parquet</c>), they do; otherwise a hash of each
    /// document does: 85 of 100 train, 5 validate, 10 test.</summary>
    public string? Path { get; init; }

    /// <summary>Files of the training split.</summary>
    public string? Train { get; init; }

    /// <summary>Files of the validation split.</summary>
    public string? Validation { get; init; }

    /// <summary>Files of the test split, on which reports are made.</summary>
    public string? Test { get; init; }

    /// <summary>JSON field, or Parquet or Arrow column, that holds the text; with a <c>format</c> of conversations that holds the messages or, where several columns do, the answer.</summary>
    public string Field { get; init; } = DefaultField;

    /// <summary>What rows hold, plain texts or conversations; by default their columns tell.</summary>
    public TextFormat Format { get; init; } = TextFormat.Auto;

    /// <summary>Whether a .txt file holds a document a line; by default it is one document.</summary>
    public bool Lines { get; init; }
}

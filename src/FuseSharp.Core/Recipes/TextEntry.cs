namespace FuseSharp.Core.Recipes;

/// <summary>The texts of one domain: either <see cref="Path"/>, split by a hash of each document, or files for each split.</summary>
public sealed record TextEntry
{
    /// <summary>A .txt, .jsonl or .parquet file, a folder of them, or <c>sdk:AREA</c>; 85 of 100 documents train, 5 validate, 10 test.</summary>
    public string? Path { get; init; }

    /// <summary>Files of the training split.</summary>
    public string? Train { get; init; }

    /// <summary>Files of the validation split.</summary>
    public string? Validation { get; init; }

    /// <summary>Files of the test split, on which reports are made.</summary>
    public string? Test { get; init; }

    /// <summary>JSON field or Parquet column that holds the text.</summary>
    public string Field { get; init; } = "text";
}

using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace FuseSharp.Storage.Texts;

/// <summary>The texts of one domain: either <see cref="Path"/>, split by a hash of each document, or files for each split. Training texts may also be written by the models.</summary>
public sealed record TextEntry
{
    /// <summary>Stands in <see cref="WrittenBy"/> for all sources.</summary>
    public const string Sources = "sources";

    /// <summary>Stands in <see cref="WrittenBy"/> for the target.</summary>
    public const string Target = "target";

    /// <summary>What <see cref="Prompts"/> is where texts begin with nothing.</summary>
    public const string NoPrompts = "none";

    /// <summary>Begins <see cref="Prompts"/> where texts begin as documents of another domain do.</summary>
    public const string FirstLineOf = "first_line of ";

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

    /// <summary>A part of the training documents, in percent, such as <c>60..100</c>; all where not set. A second hash decides, of the text, or with <c>sdk:AREA</c> of the type's name: models that were pretrained on
    /// <c>--part 0..60</c> (<c>fusesharp pretrain</c>) have read none of the texts in <c>60..100</c>. Validation and test texts stay as they are.</summary>
    public TextPart? Part { get; init; }

    /// <summary>Models that write the training texts, in the place of those that <see cref="Path"/> would give: <c>sources</c>, <c>target</c> or names of models; null where no model does.</summary>
    public IReadOnlyList<string>? WrittenBy { get; init; }

    /// <summary>Documents that each of them writes; either this or <see cref="Bytes"/>.</summary>
    [Range(1, 100_000_000)] public int? Count { get; init; }

    /// <summary>UTF-8 bytes that each of them writes, whole documents.</summary>
    [Range(1L, 1L << 42)] public long? Bytes { get; init; }

    /// <summary>Longest document, tokens of its writer; 1024 where not set. It ends earlier where the writer ends it.</summary>
    [Range(1, 1 << 20)] public int? MaxTokens { get; init; }

    /// <summary>Divides the writers' logits; 1 where not set, which wrote better texts to learn from than 0.7 (docs/experiments.md).</summary>
    [Range(0.0, 10.0)] public double? Temperature { get; init; }

    /// <summary>Writers draw among the most likely tokens that together reach this probability; 1 where not set: all.</summary>
    [Range(0.0, 1.0)] public double? TopP { get; init; }

    /// <summary>How written documents begin: <c>none</c>, at the token that begins texts, where not set; <c>first_line of NAME</c>, as the training documents of another domain; or a file, as its documents.</summary>
    public string? Prompts { get; init; }

    /// <summary>Seed of the draws; 42 where not set.</summary>
    public long? Seed { get; init; }

    /// <summary>Whether models write the training texts.</summary>
    [JsonIgnore] public bool IsWritten => WrittenBy is not null;

    /// <summary>What is set of how texts are written, though nobody writes them.</summary>
    /// <returns>Names of properties.</returns>
    public IReadOnlyList<string> WithoutWriter()
        => IsWritten ? [] : [.. new (string Name, object? Value)[] { (nameof(Count), Count), (nameof(Bytes), Bytes), (nameof(MaxTokens), MaxTokens), (nameof(Temperature), Temperature), (nameof(TopP), TopP), (nameof(Prompts), Prompts), (nameof(Seed), Seed) }
            .Where(p => p.Value is not null).Select(p => p.Name)];
}

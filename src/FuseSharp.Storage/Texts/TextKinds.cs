namespace FuseSharp.Storage.Texts;

/// <summary>Tells by its name what kind of text file a file is, letters large or small.</summary>
public static class TextKinds
{
    /// <summary>What messages say is read.</summary>
    public const string Names = ".txt, .jsonl, .ndjson, .json, .csv, .tsv (each also as .gz, .zst, .bz2 or .xz), .parquet, .arrow or .feather";

    private static readonly string[] _compressions = [".gz", ".zst", ".bz2", ".xz"];

    // What lies beside data without being some.
    private static readonly string[] _companions = ["license", "licence", "readme", "notice", "copying", "changelog", "dataset_info", "dataset_infos", "dataset_dict", "state"];

    /// <summary>The kind of a file.</summary>
    public static TextKind Recognize(string file)
    {
        string inner = Uncompressed(file);
        bool isCompressed = inner.Length != file.Length;
        return Path.GetExtension(inner).ToLowerInvariant() switch
        {
            ".txt" => TextKind.Plain,
            ".jsonl" or ".ndjson" => TextKind.JsonLines,
            ".json" => TextKind.Json,
            ".csv" => TextKind.Csv,
            ".tsv" => TextKind.Tsv,
            ".parquet" when !isCompressed => TextKind.Parquet,
            ".arrow" or ".feather" when !isCompressed => TextKind.Arrow,
            _ => TextKind.Unknown,
        };
    }

    /// <summary>The ending that tells how a file is compressed, in small letters; "" for none.</summary>
    public static string CompressionOf(string file) => Array.Find(_compressions, c => file.EndsWith(c, StringComparison.OrdinalIgnoreCase)) ?? "";

    /// <summary>A file's name without that ending.</summary>
    public static string Uncompressed(string file) => file[..^CompressionOf(file).Length];

    /// <summary>The files of a folder that are texts: licences and descriptions are not, nor JSON and tables beside files of the kinds that hold nothing but data.</summary>
    /// <param name="files">All files.</param>
    public static IEnumerable<string> DataOf(IEnumerable<string> files)
    {
        string[] texts = [.. files.Where(f => Recognize(f) != TextKind.Unknown)];
        bool hasData = Array.Exists(texts, f => Recognize(f) is TextKind.JsonLines or TextKind.Parquet or TextKind.Arrow);
        bool hasText = Array.Exists(texts, f => Recognize(f) is TextKind.Plain && !IsCompanion(f));
        return texts.Where(f => Recognize(f) switch
        {
            TextKind.Plain => texts.Length == 1 || !IsCompanion(f) || (!hasData && !hasText),
            TextKind.Json => !hasData && !hasText && !IsCompanion(f),
            TextKind.Csv or TextKind.Tsv => !hasData && !hasText,
            _ => true,
        });
    }

    private static bool IsCompanion(string file) => _companions.Contains(Path.GetFileName(file).Split('.', '-')[0].ToLowerInvariant());
}

namespace FuseSharp.Storage.Texts;

/// <summary>Kinds of files that hold texts.</summary>
public enum TextKind
{
    /// <summary>None that is read.</summary>
    Unknown,

    /// <summary>Plain text, UTF-8.</summary>
    Plain,

    /// <summary>A JSON object a line.</summary>
    JsonLines,

    /// <summary>One JSON array of objects, or an object a line.</summary>
    Json,

    /// <summary>Values with commas between, the first line names the columns.</summary>
    Csv,

    /// <summary>The same with tabs.</summary>
    Tsv,

    /// <summary>Parquet.</summary>
    Parquet,

    /// <summary>Arrow, stream or file, also called Feather.</summary>
    Arrow,
}

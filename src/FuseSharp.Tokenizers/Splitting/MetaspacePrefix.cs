namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Before which parts of a text a space marker is put.</summary>
internal enum MetaspacePrefix
{
    /// <summary>None.</summary>
    Never,

    /// <summary>Only what starts the text.</summary>
    First,

    /// <summary>Every part between added tokens.</summary>
    Always,
}

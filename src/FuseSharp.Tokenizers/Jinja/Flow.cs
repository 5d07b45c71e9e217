namespace FuseSharp.Tokenizers.Jinja;

/// <summary>How the statements behind one go on.</summary>
internal enum Flow
{
    /// <summary>In order.</summary>
    Next,

    /// <summary>The innermost loop ends.</summary>
    Break,

    /// <summary>The innermost loop takes its next item.</summary>
    Continue,
}

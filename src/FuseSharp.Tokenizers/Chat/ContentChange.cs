namespace FuseSharp.Tokenizers.Chat;

/// <summary>What a template does to a message's content.</summary>
public enum ContentChange
{
    /// <summary>It writes it as it is.</summary>
    None,

    /// <summary>It writes an unbroken part of it: without white space at the ends, or without an earlier answer's reasoning.</summary>
    Shortened,

    /// <summary>It writes something else in its place.</summary>
    Altered,

    /// <summary>It writes nothing of it.</summary>
    LeftOut,

    /// <summary>Where it stands cannot be told: it is written several times, or the text around it depends on it.</summary>
    Unclear,
}

namespace FuseSharp.Cli.Rendering;

/// <summary>What a target position carries.</summary>
internal enum LinkKind
{
    /// <summary>The source's distribution.</summary>
    Carried,

    /// <summary>One token, the reference's stand-in where the tokens do not agree.</summary>
    OneHot,

    /// <summary>Nothing: the language-model loss alone.</summary>
    Nothing,

    /// <summary>A token of a conversation that is only read: the template's, or of a message that is not learned.</summary>
    Masked,
}

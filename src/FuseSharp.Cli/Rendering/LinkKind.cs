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
}

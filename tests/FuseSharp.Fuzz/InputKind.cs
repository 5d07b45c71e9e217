namespace FuseSharp.Fuzz;

/// <summary>How inputs of a reader are built, so that changed ones still get past its first look.</summary>
public enum InputKind
{
    /// <summary>Bytes.</summary>
    Binary,

    /// <summary>JSON, or JSON Lines.</summary>
    Json,

    /// <summary>YAML.</summary>
    Yaml,

    /// <summary>A chat template.</summary>
    Template,

    /// <summary>Lines of text.</summary>
    Lines,
}

namespace FuseSharp.Fusion.Align;

/// <summary>How positions of two tokenizations of a text are found to belong together.</summary>
public enum AlignmentMethod
{
    /// <summary>Where both models have read the same bytes: this project's own.</summary>
    Boundary,

    /// <summary>MinED of the FuseLLM paper, carried where the tokens are equal.</summary>
    Hard,

    /// <summary>MinED, carried also where the vocabulary map makes the tokens equal: the published run.</summary>
    Soft,
}

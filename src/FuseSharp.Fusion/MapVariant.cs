namespace FuseSharp.Fusion;

/// <summary>Which of several target tokens with equally similar spellings a source token maps to.</summary>
public enum MapVariant
{
    /// <summary>The first in id order.</summary>
    Default,

    /// <summary>The one whose neighbours in the validation texts are most like the source token's.</summary>
    CoOccurrence,
}

namespace FuseSharp.Models.Generate;

/// <summary>Why a continuation ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it.</summary>
    EndOfText,

    /// <summary>A stop text came.</summary>
    Stop,

    /// <summary>It has the most tokens that were asked for, or fills the context.</summary>
    Length,
}

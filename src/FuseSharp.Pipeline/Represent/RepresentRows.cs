namespace FuseSharp.Pipeline.Represent;

/// <summary>Over which vocabulary a source's rows are written. The target's own hold its own tokens always.</summary>
public enum RepresentRows
{
    /// <summary>Projected where the alignment takes such rows (boundary with first_token), tokens otherwise; the command by itself projects where a target is named.</summary>
    Auto,

    /// <summary>The target's: probabilities of the whole vocabulary are summed by the target's token before the largest are kept. Such rows serve targets of this tokenizer only.</summary>
    Projected,

    /// <summary>The source's own: its likeliest tokens are kept and projected afterwards, without what was cut. They serve any target and any alignment.</summary>
    Tokens,
}

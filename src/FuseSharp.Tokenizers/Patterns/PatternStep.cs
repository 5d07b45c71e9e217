namespace FuseSharp.Tokenizers.Patterns;

/// <summary>What a step of a compiled pattern does.</summary>
internal enum PatternStepKind
{
    /// <summary>Takes one character of the set.</summary>
    Take,

    /// <summary>Takes as many characters of the set as there are, and gives back one after the other.</summary>
    TakeMany,

    /// <summary>Takes as few characters of the set as needed.</summary>
    TakeFew,

    /// <summary>Goes to the target; where that fails, on with the other.</summary>
    Fork,

    /// <summary>Goes to the target.</summary>
    Jump,

    /// <summary>Runs the steps behind it up to their end as a whole, then goes to the target.</summary>
    Atomic,

    /// <summary>Asks whether the steps behind it match, then goes to the target from where it was.</summary>
    Look,

    /// <summary>Asks for a place.</summary>
    Assert,

    /// <summary>Goes characters back.</summary>
    Back,

    /// <summary>Remembers where a round of a loop starts.</summary>
    Mark,

    /// <summary>Leaves a loop, to the target, whose round took no text.</summary>
    LeaveIfEmpty,

    /// <summary>The end of the pattern, or of the steps of an atomic group or a look.</summary>
    Accept,
}

/// <summary>A step of a compiled pattern.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Characters">Of which characters.</param>
/// <param name="Target">Index of a step; the slot of a mark; the number of characters to go back.</param>
/// <param name="Other">Index of a step; the slot of a mark.</param>
/// <param name="Min">Characters at least.</param>
/// <param name="Max">Characters at most.</param>
/// <param name="Place">Asked for.</param>
/// <param name="IsNegative">Whether a look must fail.</param>
internal readonly record struct PatternStep(
    PatternStepKind Kind, CodePointSet? Characters = null, int Target = 0, int Other = 0, int Min = 0, int Max = 0, PatternPlace Place = default, bool IsNegative = false);

namespace FuseSharp.Evaluation.Tasks;

/// <summary>What a model is asked for.</summary>
public enum TaskKind
{
    /// <summary>Which of some continuations it finds most likely.</summary>
    Choice,

    /// <summary>How likely one continuation is.</summary>
    Target,

    /// <summary>A text of its own, always the most likely token.</summary>
    Generate,
}

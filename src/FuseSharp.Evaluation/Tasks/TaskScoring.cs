using FuseSharp.Evaluation.Scores;


namespace FuseSharp.Evaluation.Tasks;

/// <summary>How an answer becomes figures.</summary>
public enum TaskScoring
{
    /// <summary>acc and acc_norm of choices, acc and perplexity of targets.</summary>
    Likelihood,

    /// <summary>exact_match of the trimmed answer with any accepted one.</summary>
    Exact,

    /// <summary>exact_match without case and punctuation (see <see cref="TriviaScore"/>).</summary>
    Trivia,

    /// <summary>em and f1 (see <see cref="DropScore"/>).</summary>
    Drop,

    /// <summary>acc of a number within 5 % (see <see cref="NumberScore"/>).</summary>
    Number,

    /// <summary>bleu and chrf of the whole corpus (see <see cref="BleuScore"/>, <see cref="ChrfScore"/>).</summary>
    Translation,

    /// <summary>pass@k of programs that run against tests in a sandbox (see <see cref="Code.PassAtK"/>).</summary>
    Execute,

    /// <summary>None: the answers are kept for another model to judge (see <see cref="Judge.JudgeStage"/>).</summary>
    Judge,
}

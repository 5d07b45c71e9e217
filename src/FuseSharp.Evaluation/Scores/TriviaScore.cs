namespace FuseSharp.Evaluation.Scores;

/// <summary>TriviaQA's exact match, as lm-evaluation-harness has it: without case, punctuation and white space at both ends.</summary>
public static class TriviaScore
{
    /// <summary>1 where the prediction is one of the accepted answers, else 0.</summary>
    public static double Compute(string predicted, IReadOnlyList<string> answers) => answers.Select(Normalize).Contains(Normalize(predicted)) ? 1 : 0;

    private static string Normalize(string text) => new string([.. text.ToLowerInvariant().Where(c => !Punctuation.Is(c))]).Trim();
}

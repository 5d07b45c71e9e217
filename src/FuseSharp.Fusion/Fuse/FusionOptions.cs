using System.ComponentModel.DataAnnotations;
using System.Globalization;
using FuseSharp.Options;

namespace FuseSharp.Fusion.Fuse;

/// <summary>What the target learns from the models' distributions, beside the next token.</summary>
public sealed record FusionOptions : ICheckedOptions
{
    /// <summary>λ, the weight of the next-token loss where there is a fused distribution; the fusion loss has the rest, 1 − λ.</summary>
    /// <remarks>The published run has 0.9; 0.5 measured best (docs/decisions/0004-defaults-of-the-loss.md).</remarks>
    [Range(0.0, 1.0)] public double NextTokenWeight { get; init; } = 0.5;

    /// <summary>Whether λ moves during training.</summary>
    public NextTokenSchedule NextTokenSchedule { get; init; } = NextTokenSchedule.Constant;

    /// <summary>How the models' distributions become one.</summary>
    public FusionRule Rule { get; init; } = FusionRule.MinCe;

    /// <summary>For what piece of text the best model is chosen.</summary>
    public TeacherSelection Selection { get; init; } = TeacherSelection.Document;

    /// <summary>What becomes of the probability outside a row's candidates.</summary>
    public MissingProbability MissingProbability { get; init; } = MissingProbability.Renormalize;

    /// <summary>Whether a position without a fused distribution keeps the full weight of its next-token loss; the reference takes 1 − λ from it.</summary>
    public bool FullWeightWithoutTeacher { get; init; } = true;

    /// <summary>Divides the stored logits before their softmax; other than 1 only with <see cref="MissingProbability.Renormalize"/>.</summary>
    [Range(0.01, 100.0)] public double Temperature { get; init; } = 1.0;

    /// <summary>Which distance the fusion loss is; gradients are the same.</summary>
    public FusionDivergence Divergence { get; init; } = FusionDivergence.Ce;

    /// <summary>Models that teach nothing though they are packed, by the names of their folders; the target may be among them.</summary>
    public IReadOnlyList<string> ExcludeTeachers { get; init; } = [];

    /// <summary>Whether the fusion is rounded to bfloat16 at every step, as the reference does: only to compare results with it.</summary>
    public bool RoundsLikeReference { get; init; }

    /// <inheritdoc/>
    public IEnumerable<string> Conflicts(string path)
    {
        if (NextTokenWeight == 1)
        {
            yield return $"'{path}next_token_weight' is 1: nothing would be learned from the models. Write '{path.TrimEnd('.')}: none' to train without fusion.";
        }

        if (Temperature != 1 && MissingProbability != MissingProbability.Renormalize)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"'{path}temperature' is {Temperature}, but true probabilities ('missing_probability: {OptionRange.KeyOf(MissingProbability.ToString())}') have temperature 1. Use 'missing_probability: renormalize' or temperature 1.");
        }
    }

    /// <summary>What the FuseLLM reference computes, its defects included.</summary>
    public static FusionOptions OfReference() => new()
    {
        NextTokenWeight = 0.9,
        MissingProbability = MissingProbability.Renormalize,
        Selection = TeacherSelection.Block,
        FullWeightWithoutTeacher = false,
        RoundsLikeReference = true,
    };
}

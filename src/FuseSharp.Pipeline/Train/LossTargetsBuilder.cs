using FuseSharp.Errors;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;


namespace FuseSharp.Pipeline.Train;

/// <summary>Lays blocks side by side and gives every position its label, its fused candidates and its weights.</summary>
public sealed class LossTargetsBuilder
{
    private readonly FusionOptions _options;
    private readonly FusionSettings _settings;
    private readonly RowProbabilities _probabilities;
    private readonly IFusionRule _rule;

    /// <summary>Builds targets by some options.</summary>
    /// <param name="options">Which rule, what becomes of missing probability, how λ moves.</param>
    /// <param name="teachers">Names of the models in the order of a block's rows, the target first; empty for plain texts.</param>
    /// <exception cref="ArtifactException">A model that is excluded is none of them, or all are.</exception>
    public LossTargetsBuilder(FusionOptions options, IReadOnlyList<string> teachers)
    {
        _options = options;
        int[] excluded = [.. options.ExcludeTeachers.Distinct().Select(name => IndexOf(name, teachers))];
        if (teachers.Count > 0 && excluded.Length == teachers.Count)
        {
            throw new ArtifactException($"All models of the blocks are excluded as teachers: {string.Join(", ", teachers)}. Leave one, or train without fusion.");
        }

        _settings = new FusionSettings(options.Selection, !options.FullWeightWithoutTeacher, options.RoundsLikeReference, excluded);
        _probabilities = new RowProbabilities(options.MissingProbability == MissingProbability.Renormalize, options.Temperature, _settings);
        _rule = options.Rule == FusionRule.MinCe ? new MinCrossEntropyRule(_settings) : new WeightedAverageRule(_settings);
    }

    /// <summary>The fused rows of a block; null for a plain text or where λ is 1.</summary>
    /// <param name="block">A training sequence.</param>
    /// <param name="languageModelWeight">λ of this step.</param>
    public FusedDistributions? Fuse(PackedBlock block, double languageModelWeight)
        => block.Rows.Length == 0 || languageModelWeight >= 1 ? null : _rule.Fuse(block, _probabilities);

    /// <summary>The targets of some blocks, padded to the longest.</summary>
    /// <param name="blocks">Blocks with their fused rows.</param>
    /// <param name="languageModelWeight">λ of this step.</param>
    /// <param name="counts">Positions of the whole optimizer step, over which means are taken.</param>
    public LossTargets Build(IReadOnlyList<(PackedBlock Block, FusedDistributions? Fused)> blocks, double languageModelWeight, StepCounts counts)
    {
        int length = blocks.Max(b => b.Block.Ids.Length);
        int extra = _options.MissingProbability == MissingProbability.TrueToken ? 1 : 0;
        int k = Math.Max(1, extra + blocks.Max(b => LongestRow(b.Fused)));
        int n = blocks.Count * length;
        var targets = new LossTargets(k, new long[n], new float[n], new long[n * k], new float[n * k], new float[n * k], new float[n]);
        for (int b = 0; b < blocks.Count; b++)
        {
            var (block, fused) = blocks[b];
            for (int s = 0, t = 0; s < block.Segments.Length; s++)
            {
                var weights = Weights(fused, s, languageModelWeight);
                for (int endExclusive = t + block.Segments[s].Length; t < endExclusive; t++)
                {
                    WritePosition(targets, (b * length) + t, block, fused, t, weights, counts);
                }
            }
        }

        return targets;
    }

    // λ and 1 − λ; the reference rounds the former after having taken it from the latter, so that their sum is not quite 1.
    private (double LanguageModel, double Fusion) Weights(FusedDistributions? fused, int segment, double languageModelWeight)
        => fused is not null && _options.NextTokenSchedule == NextTokenSchedule.ByReward
            ? (_settings.Rounded(1 - fused.Rewards[segment]), fused.Rewards[segment])
            : (languageModelWeight, 1 - languageModelWeight);

    private void WritePosition(LossTargets targets, int n, PackedBlock block, FusedDistributions? fused, int t, (double LanguageModel, double Fusion) weights, StepCounts counts)
    {
        bool hasLabel = block.Predicts(t);
        var row = fused is null ? default : fused.RowStarts[t]..fused.RowStarts[t + 1];
        int candidates = row.End.Value - row.Start.Value;
        if (hasLabel)
        {
            targets.Labels[n] = block.Ids[t + 1];
            double weight = candidates > 0 || !_options.FullWeightWithoutTeacher ? weights.LanguageModel : 1;
            targets.LabelWeights[n] = (float)(weight / counts.LabelDenominator);
        }

        if (candidates == 0)
        {
            return;
        }

        targets.FusionWeights[n] = (float)(weights.Fusion / counts.FusionDenominator);
        float mass = 0;
        int slot = n * targets.K;
        for (int i = row.Start.Value; i < row.End.Value; i++, slot++)
        {
            targets.Indices[slot] = fused!.Indices[i];
            targets.Probabilities[slot] = fused.Probabilities[i];
            targets.IsCandidate[slot] = 1;
            mass += fused.Probabilities[i];
        }

        if (_options.MissingProbability == MissingProbability.TrueToken && hasLabel)
        {
            targets.Indices[slot] = block.Ids[t + 1]; // may stand in the row already: both shares add up
            targets.Probabilities[slot] = Math.Max(0, 1 - mass);
            targets.IsCandidate[slot] = 1;
        }
    }

    private static int IndexOf(string name, IReadOnlyList<string> teachers)
    {
        int index = teachers.ToList().IndexOf(name);
        return index >= 0 ? index : throw new ArtifactException($"'{name}' is excluded as a teacher, but the blocks hold rows of {(teachers.Count == 0 ? "no model" : string.Join(", ", teachers))}. Name some of these, or pack for other sources.");
    }

    private static int LongestRow(FusedDistributions? fused)
    {
        int longest = 0;
        for (int t = 0; fused is not null && t + 1 < fused.RowStarts.Length; t++)
        {
            longest = Math.Max(longest, fused.RowStarts[t + 1] - fused.RowStarts[t]);
        }

        return longest;
    }
}

using FuseSharp.Errors;
using FuseSharp.Fusion;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;


namespace FuseSharp.Pipeline.Experiment;

/// <summary>The ways to align and to weigh what was aligned that are compared: each alignment with each tail and each λ.</summary>
public static class AlignmentVariants
{
    /// <summary>Name of the training without fusion.</summary>
    public const string Clm = "clm";

    private static readonly double[] _weights = [0.9, 0.7, 0.5];

    /// <summary>All variants, CLM first.</summary>
    /// <param name="recipe">Whose training options hold but for tail, λ and, in the reference's variants, what the reference does otherwise.</param>
    public static IReadOnlyList<ExperimentVariant> From(Recipe recipe)
    {
        var variants = new List<ExperimentVariant>();
        recipe = recipe with { Train = recipe.Train with { Strategy = FusionStrategy.Joint } };
        bool talks = recipe.HoldsConversations(); // which only one alignment takes
        foreach (var (method, align) in Methods(recipe.Align).Where(m => !talks || m.Options.TakesProjectedRows()))
        {
            // Its rows are logits of candidates alone, without the rest of the vocabulary that the other tails need.
            bool isReference = align.Settings == MethodSettings.Reference;
            foreach (var tail in isReference ? [MissingProbability.Renormalize] : new[] { MissingProbability.Renormalize, MissingProbability.Bucket })
            {
                foreach (double weight in _weights)
                {
                    var fusion = (recipe.Train.Fusion ?? new FusionOptions()) with { MissingProbability = tail, NextTokenWeight = weight };
                    variants.Add(new(FormattableString.Invariant($"{method}-{tail.ToString().ToLowerInvariant()}-{weight:0.0}"), method, align, recipe.Train with { Fusion = isReference ? AsReference(fusion) : fusion }));
                }
            }
        }

        return [new(Clm, variants[^1].Method, variants[^1].Align, recipe.Train with { Fusion = null }), .. variants];
    }

    /// <summary>Those whose names hold one of some texts, and CLM, with which all are compared.</summary>
    /// <param name="variants">All.</param>
    /// <param name="filters">Parts of names; none keeps all.</param>
    /// <exception cref="UsageException">One fits no name.</exception>
    public static IReadOnlyList<ExperimentVariant> Choose(IReadOnlyList<ExperimentVariant> variants, IReadOnlyList<string> filters)
    {
        foreach (string filter in filters.Where(f => !variants.Any(v => v.Name.Contains(f, StringComparison.Ordinal))))
        {
            throw new UsageException($"No variant's name holds '{filter}'. There are {string.Join(", ", variants.Select(v => v.Name))}.");
        }

        return [.. variants.Where(v => v.Name == Clm || filters.Count == 0 || filters.Any(f => v.Name.Contains(f, StringComparison.Ordinal)))];
    }

    private static IEnumerable<(string Name, AlignOptions Options)> Methods(AlignOptions basis)
    {
        yield return ("reference", basis with { Settings = MethodSettings.Reference, Alignment = AlignmentMethod.Soft });
        yield return ("corrected", basis with { Settings = MethodSettings.Default, Alignment = AlignmentMethod.Soft });
        yield return ("boundary-mapped", basis with { Settings = MethodSettings.Default, Alignment = AlignmentMethod.Boundary, Projection = TokenProjection.Mapped });
        yield return ("boundary-first-token", basis with { Settings = MethodSettings.Default, Alignment = AlignmentMethod.Boundary, Projection = TokenProjection.FirstToken });
    }

    // One choice for a packed block, by cross-entropy per token; positions without a fusion target give up 1 − λ all the same.
    private static FusionOptions AsReference(FusionOptions options) => options with { Selection = TeacherSelection.Block, FullWeightWithoutTeacher = false };
}

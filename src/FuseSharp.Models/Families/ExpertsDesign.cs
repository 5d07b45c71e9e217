using FuseSharp.Errors;
using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Experts in the place of a feed-forward part: a router sends each token through a few of them.</summary>
/// <param name="Count">Of a layer.</param>
/// <param name="PerToken">That each token goes through.</param>
/// <param name="Width">Inside an expert.</param>
internal sealed record ExpertsDesign(int Count, int PerToken, int Width)
{
    private const int MostExperts = 1024; // four times the most of a published model

    /// <summary>Name of the part in the checkpoint.</summary>
    public string Name { get; init; } = "mlp";

    /// <summary>Names of an expert's three maps.</summary>
    public (string Gate, string Up, string Down) Maps { get; init; } = ("gate_proj", "up_proj", "down_proj");

    /// <summary>Whether the chosen experts' probabilities are made to sum to 1.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>What they are multiplied by.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Width inside the expert that every token goes through as well; 0 for none.</summary>
    public int SharedWidth { get; init; }

    /// <summary>GPT-OSS's: stored as one tensor for all, with biases, gates clamped at this; null for experts with maps of their own.</summary>
    public double? Limit { get; init; }

    /// <summary>GPT-OSS's: steepness of the gate's sigmoid.</summary>
    public double Steepness { get; init; } = 1;

    /// <summary>Reads counts, of experts under the first of some keys that is there.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="width">Inside an expert.</param>
    /// <param name="absent">Experts, and experts per token, where the config names none; null where it must.</param>
    /// <param name="keys">Under which the number of experts may stand.</param>
    /// <exception cref="ModelException">A number is missing, does not fit another, or is said twice.</exception>
    public static ExpertsDesign FromConfig(ModelConfig config, int width, (int Count, int PerToken)? absent, params string[] keys)
    {
        string[] said = [.. keys.Where(config.Keys.Has)];
        int count = config.Number(said.FirstOrDefault(keys[0]), absent?.Count);
        int perToken = config.Number("num_experts_per_tok", absent?.PerToken);
        return said.Any(k => config.Number(k) != count) ? throw config.Error($"has different numbers of experts in {string.Join(" and ", said)}")
            : count > MostExperts ? throw config.Error(FormattableString.Invariant($"has more than {MostExperts} experts ({keys[0]})"))
            : perToken > count ? throw config.Error($"has more num_experts_per_tok than {said.FirstOrDefault(keys[0])}")
            : new ExpertsDesign(count, perToken, width);
    }
}

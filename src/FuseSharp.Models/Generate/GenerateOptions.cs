using System.ComponentModel.DataAnnotations;

namespace FuseSharp.Models.Generate;

/// <summary>How a continuation is drawn.</summary>
public sealed record GenerateOptions
{
    /// <summary>Largest <see cref="MaxTokens"/>.</summary>
    public const int LargestMaxTokens = 1 << 20;

    /// <summary>What the model goes on from.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>Most tokens to add; the end-of-text token ends earlier.</summary>
    [Range(1, LargestMaxTokens)] public int MaxTokens { get; init; } = 128;

    /// <summary>Divides the logits: below 1 keeps to likely tokens, 0 always takes the most likely.</summary>
    [Range(0.0, 10.0)] public double Temperature { get; init; } = 0.6;

    /// <summary>Draws among the most likely tokens that together reach this probability, 0–1; 1 for all.</summary>
    [Range(0.0, 1.0)] public double TopP { get; init; } = 0.9;

    /// <summary>Samples from the top k tokens; 0 for all.</summary>
    [Range(0, 1 << 20)] public int TopK { get; init; }

    /// <summary>Leaves out tokens with less than this share of the most likely one's probability, 0–1; 0 for none.</summary>
    [Range(0.0, 1.0)] public double MinP { get; init; }

    /// <summary>Divides positive logits, and multiplies negative ones, of tokens that already stand in the text (CTRL, Keskar et al. 2019); 1 for none.</summary>
    [Range(0.1, 10.0)] public double RepetitionPenalty { get; init; } = 1.0;

    /// <summary>Taken off the logits of tokens that the model has written before, once each, as OpenAI defines it; 0 for none.</summary>
    [Range(-2.0, 2.0)] public double PresencePenalty { get; init; }

    /// <summary>Taken off the logits of tokens that the model has written before, for each time; 0 for none.</summary>
    [Range(-2.0, 2.0)] public double FrequencyPenalty { get; init; }

    /// <summary>Texts before which a continuation ends.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Seed of the draw; −1 takes one from the system's entropy, another each time.</summary>
    public long Seed { get; init; } = 42;
}

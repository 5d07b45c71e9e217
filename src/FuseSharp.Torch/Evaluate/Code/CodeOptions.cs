using FuseSharp.Core.Recipes;

namespace FuseSharp.Torch.Evaluate.Code;

/// <summary>How programming problems are posed. Defaults: one program for each, always the likeliest token.</summary>
public sealed record CodeOptions
{
    /// <summary>Programs for each problem.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>How they are drawn; stops are added from the problems. MultiPL-E's published numbers: 20 samples, temperature 0.2, top-p 0.95.</summary>
    public GenerateOptions Generate { get; init; } = new() { Temperature = 0, MaxTokens = 512 };

    /// <summary>Most programs that are written side by side.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Most problems, the first ones.</summary>
    public int Limit { get; init; } = int.MaxValue;
}

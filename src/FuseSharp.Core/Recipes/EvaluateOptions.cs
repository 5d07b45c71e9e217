using System.ComponentModel.DataAnnotations;

namespace FuseSharp.Core.Recipes;

/// <summary>How models are compared on the test texts.</summary>
public sealed record EvaluateOptions
{
    /// <summary>Longest window that is read at once, tokens, at most each model's context; 0 takes the split's maximal length.</summary>
    [Range(0, 1 << 20)] public int Window { get; init; }
}

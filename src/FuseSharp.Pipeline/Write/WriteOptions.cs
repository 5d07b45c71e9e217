using System.ComponentModel.DataAnnotations;
using FuseSharp.Models.Generate;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Pipeline.Write;

/// <summary>What each model writes, and how.</summary>
public sealed record WriteOptions
{
    /// <summary>Documents of each; 0 where <see cref="Bytes"/> says how much.</summary>
    [Range(0, 100_000_000)] public int Count { get; init; }

    /// <summary>UTF-8 bytes of each, whole documents; 0 where <see cref="Count"/> says how much.</summary>
    [Range(0L, 1L << 42)] public long Bytes { get; init; }

    /// <summary>Longest document, tokens of its writer, its prompt apart.</summary>
    [Range(1, 1 << 20)] public int MaxTokens { get; init; } = 1024;

    /// <summary>Divides the logits; 1 for what the model knows, as it knows it.</summary>
    [Range(0.0, 10.0)] public double Temperature { get; init; } = 1;

    /// <summary>Draws among the most likely tokens that together reach this probability, 0–1; 1 for all.</summary>
    [Range(0.0, 1.0)] public double TopP { get; init; } = 1;

    /// <summary>Seed of the draws.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>As a recipe's domain has it.</summary>
    /// <param name="domain">Its name: two domains with the same settings get different texts.</param>
    /// <param name="entry">A written one.</param>
    public static WriteOptions FromEntry(string domain, TextEntry entry)
    {
        var defaults = new WriteOptions();
        return new()
        {
            Count = entry.Count ?? 0,
            Bytes = entry.Bytes ?? 0,
            MaxTokens = entry.MaxTokens ?? defaults.MaxTokens,
            Temperature = entry.Temperature ?? defaults.Temperature,
            TopP = entry.TopP ?? defaults.TopP,
            Seed = DrawSeed.Derive(entry.Seed ?? defaults.Seed, (long)HashSplit.Hash(domain)),
        };
    }

    /// <summary>How a document is drawn.</summary>
    internal GenerateOptions Draw => new() { MaxTokens = MaxTokens, Temperature = Temperature, TopP = TopP, Seed = Seed };
}

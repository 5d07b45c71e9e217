using System.Text.Json;
using System.Text.Json.Serialization;
using FuseSharp.Errors;
using FuseSharp.Models.Generate;
using FuseSharp.Options;

namespace FuseSharp.Serve.Protocol;

/// <summary>What both kinds of requests say about drawing; OpenAI's fields, and behind them those that other servers have added.</summary>
internal abstract record SamplingFields
{
    public string? Model { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? N { get; init; }

    public bool? Stream { get; init; }

    public StreamFields? StreamOptions { get; init; }

    public JsonElement? Stop { get; init; }

    public double? PresencePenalty { get; init; }

    public double? FrequencyPenalty { get; init; }

    public JsonElement? LogitBias { get; init; }

    public long? Seed { get; init; }

    public int? TopK { get; init; }

    public double? MinP { get; init; }

    public double? RepetitionPenalty { get; init; }

    /// <summary>What no member reads.</summary>
    [JsonExtensionData] public Dictionary<string, JsonElement>? Unknown { get; init; }

    /// <summary>How to draw, with OpenAI's defaults: temperature 1, everything may be drawn.</summary>
    /// <param name="maxTokens">Most tokens.</param>
    /// <exception cref="ApiException">A number is out of its range, or something is asked for that is not known.</exception>
    public GenerateOptions ToOptions(int maxTokens)
    {
        if (LogitBias is { ValueKind: JsonValueKind.Object } bias && bias.EnumerateObject().Any())
        {
            throw new ApiException(400, "'logit_bias' is not supported.", "logit_bias");
        }

        UnknownFields.Check(Unknown);
        var options = new GenerateOptions
        {
            MaxTokens = maxTokens,
            Temperature = Temperature ?? 1,
            TopP = TopP ?? 1,
            TopK = Math.Max(0, TopK ?? 0), // -1 stands for all in other servers
            MinP = MinP ?? 0,
            PresencePenalty = PresencePenalty ?? 0,
            FrequencyPenalty = FrequencyPenalty ?? 0,
            RepetitionPenalty = RepetitionPenalty ?? 1,
            Stop = TextOrTexts.StopsOf(Stop),
            Seed = Seed ?? DrawSeed.FromSystem,
        };
        try
        {
            OptionRange.Check(options);
            return options;
        }
        catch (RecipeException fault)
        {
            throw new ApiException(400, fault.Message);
        }
    }
}

/// <summary>How to stream.</summary>
internal sealed record StreamFields
{
    /// <summary>Whether the last piece counts tokens.</summary>
    public bool? IncludeUsage { get; init; }
}

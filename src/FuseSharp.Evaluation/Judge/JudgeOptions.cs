using System.ComponentModel.DataAnnotations;
using FuseSharp.Options;

namespace FuseSharp.Evaluation.Judge;

/// <summary>Who judges the answers to Vicuna Bench.</summary>
public sealed record JudgeOptions : ICheckedOptions
{
    /// <summary>The environment's variable that holds the endpoint's key.</summary>
    public const string KeyVariable = "OPENAI_API_KEY";

    /// <summary>Endpoint of OpenAI's protocol, such as https://api.openai.com/v1; its key is read from the environment's OPENAI_API_KEY. Where not set, answers are written and nothing is judged.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Name of the judge at the endpoint.</summary>
    public string Model { get; init; } = "gpt-4";

    /// <summary>Maximum number of questions sent to the judge at a time.</summary>
    [Range(1, 256)] public int Concurrency { get; init; } = 4;

    /// <inheritdoc/>
    public IEnumerable<string> Conflicts(string path)
    {
        if (Endpoint is not null && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            yield return $"'{path}endpoint' is '{Endpoint}', expected an address that begins with http:// or https://.";
        }
    }
}

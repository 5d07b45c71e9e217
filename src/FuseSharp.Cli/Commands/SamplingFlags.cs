using System.CommandLine;
using FuseSharp.Models.Generate;
using FuseSharp.Options;

namespace FuseSharp.Cli.Commands;

/// <summary>How continuations are drawn, as flags of a command.</summary>
internal sealed class SamplingFlags
{
    private static readonly GenerateOptions _defaults = new();

    private readonly Option<int> _maxTokens = new("--max-tokens") { Description = "Maximum number of tokens to generate.", DefaultValueFactory = _ => _defaults.MaxTokens };
    private readonly Option<double> _temperature = new("--temperature") { Description = "Divides the logits, 0–10; 0 always takes the most likely token.", DefaultValueFactory = _ => _defaults.Temperature };
    private readonly Option<double> _topP = new("--top-p") { Description = "Samples from the most likely tokens that together reach this probability, 0–1.", DefaultValueFactory = _ => _defaults.TopP };
    private readonly Option<int> _topK = new("--top-k") { Description = "Samples from the top k tokens; 0 for all.", DefaultValueFactory = _ => _defaults.TopK };
    private readonly Option<double> _minP = new("--min-p") { Description = "Drops tokens with less than this share of the top token's probability, 0–1.", DefaultValueFactory = _ => _defaults.MinP };
    private readonly Option<double> _penalty = new("--repetition-penalty") { Description = "Above 1 makes tokens that already occur less likely.", DefaultValueFactory = _ => _defaults.RepetitionPenalty };
    private readonly Option<string[]> _stop = new("--stop") { Description = "Text before which a continuation ends. Repeatable.", DefaultValueFactory = _ => [] };
    private readonly Option<long> _seed = new("--seed") { Description = "Sampling seed; each prompt has a stream of its own. -1 takes a new seed each time.", DefaultValueFactory = _ => _defaults.Seed };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _maxTokens, _temperature, _topP, _topK, _minP, _penalty, _stop, _seed })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The options, checked, without a prompt.</summary>
    public GenerateOptions Read(ParseResult parsed)
    {
        var options = new GenerateOptions
        {
            MaxTokens = parsed.GetValue(_maxTokens),
            Temperature = parsed.GetValue(_temperature),
            TopP = parsed.GetValue(_topP),
            TopK = parsed.GetValue(_topK),
            MinP = parsed.GetValue(_minP),
            RepetitionPenalty = parsed.GetValue(_penalty),
            Stop = parsed.GetRequiredValue(_stop),
            Seed = parsed.GetValue(_seed),
        };
        OptionRange.Check(options);
        return options;
    }
}

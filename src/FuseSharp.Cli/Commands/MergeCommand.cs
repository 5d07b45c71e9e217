using System.CommandLine;
using FuseSharp.Cli.Parsing;
using FuseSharp.Cli.Rendering;
using FuseSharp.Errors;
using FuseSharp.Options;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Yaml;

namespace FuseSharp.Cli.Commands;

internal static class MergeCommand
{
    private static readonly Argument<string[]> _models = new ModelArgument<string[]>("models") { Description = "Models of one shape: Hugging Face folders, adapters or .gguf files; an adapter alone is merged into its base. None with --config.", Arity = ArgumentArity.ZeroOrMore, CustomParser = CommonOptions.AllResolved };
    private static readonly Option<string?> _config = new MergeFileOption { Description = "YAML file with mergekit's keys (merge_method, models or slices, base_model, parameters, dtype) instead of the options here." };
    private static readonly Option<MergeMethod> _method = new("--method") { Description = $"One of {string.Join(", ", Enum.GetNames<MergeMethod>().Select(OptionRange.KeyOf))} (default linear).", DefaultValueFactory = _ => MergeMethod.Linear };
    private static readonly Option<string> _base = CommonOptions.ModelPath("--base", "Model that the others were tuned from; slerp, nearswap and arcee_fusion start there. Needed by all methods but linear, karcher, passthrough, nuslerp and multislerp.");
    private static readonly Option<double[]> _weights = new("--weights") { Description = "Weight of each model (default 1 each).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private static readonly Option<double[]> _densities = new("--densities") { Description = "Where changes are pruned: share of each model's changes that is kept, above 0, at most 1 (default 1 each).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private static readonly Option<double?> _t = new("--t") { Description = "slerp: 0 gives the base, 1 the other model. nearswap: distance up to which a number is the other model's." };
    private static readonly Option<double?> _lambda = new("--lambda") { Description = "Factor of the merged change (default 1)." };
    private static readonly Option<bool?> _normalize = new("--normalize") { Description = "true or false: divide by the sum of the weights (default true for linear, ties and della)." };
    private static readonly Option<bool?> _rescale = new("--rescale") { Description = "true or false: enlarge what pruning keeps to the former sum of absolute values (default true for dare and della)." };
    private static readonly Option<long?> _seed = new("--seed") { Description = "Seed of dare's and della's draw (default 42)." };
    private static readonly Option<string[]> _parameters = new("--parameter") { Description = "Any other parameter of the method for all models, as mergekit's files name it: --parameter select_topk=0.3.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private static readonly Option<string?> _dtype = new("--dtype") { Description = "Stored type: float32, float16 or bfloat16 (default the base's or first model's)." };
    private static readonly Option<string> _output = CommonOptions.Output("the merged model");

    public static Command Create()
    {
        var command = new Command("merge", "Merges the weights of models of one shape, tensor by tensor: the baseline without training.")
        {
            _models, _config, _method, _base, _weights, _densities, _t, _lambda, _normalize, _rescale, _seed, _parameters, _dtype, _output,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = OptionsOf(parsed);
            ProgressDisplay.Run(progress =>
            {
                MergeStage.Run(options, parsed.GetRequiredValue(_output), new StageContext(progress, cancellation));
                return 0;
            });
            Console.WriteLine($"Model: {parsed.GetRequiredValue(_output)}");
            return 0;
        }, cancellation));
        return command;
    }

    private static MergeOptions OptionsOf(ParseResult parsed)
    {
        string[] models = parsed.GetValue(_models) ?? [];
        if (parsed.GetValue(_config) is { } file)
        {
            return models.Length == 0 ? WithWarning(MergeOptions.Read(file))
                : throw new UsageException($"Both --config and the model '{models[0]}' are given. Name the models in '{file}' or on the command line.");
        }

        double[] weights = Checked("--weights", parsed.GetRequiredValue(_weights), models.Length);
        double[] densities = Checked("--densities", parsed.GetRequiredValue(_densities), models.Length);
        var others = YamlRecord.Read<MergeParameters>("{}", "--parameter", "a method's parameters", parsed.GetRequiredValue(_parameters));
        var options = new MergeOptions
        {
            MergeMethod = parsed.GetValue(_method),
            BaseModel = parsed.GetValue(_base),
            Models = [.. models.Select((m, i) => new MergedModel
            {
                Model = m,
                Parameters = new MergeParameters { Weight = weights.Length > 0 ? weights[i] : (LayerValues?)null, Density = densities.Length > 0 ? densities[i] : (LayerValues?)null },
            })],
            Parameters = others with
            {
                T = parsed.GetValue(_t) is { } t ? t : others.T,
                Lambda = parsed.GetValue(_lambda) is { } lambda ? lambda : others.Lambda,
                Normalize = parsed.GetValue(_normalize) ?? others.Normalize,
                Rescale = parsed.GetValue(_rescale) ?? others.Rescale,
                Seed = parsed.GetValue(_seed) ?? others.Seed,
            },
            Dtype = parsed.GetValue(_dtype),
        };
        if (options.UnreadParameters() is { Count: > 0 } unread)
        {
            string method = OptionRange.KeyOf(options.MergeMethod.ToString());
            throw new UsageException($"{method} does not read {string.Join(", ", unread)}. Leave {(unread.Count > 1 ? "them" : "it")} out, or choose a --method that does.");
        }

        return options;
    }

    // mergekit passes them over, and so its users' files hold some.
    private static MergeOptions WithWarning(MergeOptions options)
    {
        if (options.UnreadParameters() is { Count: > 0 } unread)
        {
            Console.Error.WriteLine($"Warning: {OptionRange.KeyOf(options.MergeMethod.ToString())} does not read {string.Join(", ", unread)}; {(unread.Count > 1 ? "they change" : "it changes")} nothing.");
        }

        return options;
    }

    private static double[] Checked(string option, double[] values, int models)
        => values.Length == 0 || values.Length == models ? values
            : throw new UsageException(FormattableString.Invariant($"{option} has {values.Length} numbers for {models} models. Give one for each model, or none."));
}

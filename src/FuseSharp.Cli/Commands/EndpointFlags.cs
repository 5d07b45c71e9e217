using System.CommandLine;
using FuseSharp.Errors;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Represent.Served;

namespace FuseSharp.Cli.Commands;

/// <summary>Options that name a model behind an inference server, in the place of --model.</summary>
internal sealed class EndpointFlags
{
    private readonly Option<string?> _endpoint = new("--endpoint") { Description = $"In the place of --model: address of an inference server (vLLM, SGLang, fusesharp serve) that holds the model, such as http://localhost:8000/v1. Its key is read from the environment's {EndpointModel.KeyVariable}." };
    private readonly Option<string?> _name = new("--served-model") { Description = "With --endpoint: the server's name of the model." };
    private readonly Option<string?> _tokenizer = CommonOptions.TokenizerPath("--tokenizer", "With --endpoint: folder with the model's tokenizer and chat template.")!;
    private readonly Option<EndpointProtocol> _protocol = new("--protocol") { Description = "With --endpoint: how the server is asked for log-probabilities: auto, completions, vllm or sglang; auto tries.", DefaultValueFactory = _ => EndpointProtocol.Auto };

    /// <summary>Adds them.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _endpoint, _name, _tokenizer, _protocol })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The model behind a server; null where <c>--model</c> names one that is here.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">Value of <c>--model</c>.</param>
    /// <param name="target">Value of <c>--target</c>.</param>
    /// <exception cref="UsageException">Neither is named, both are, or something of the server is missing.</exception>
    public EndpointModel? Read(ParseResult parsed, string? model, string? target)
    {
        string? endpoint = parsed.GetValue(_endpoint);
        if (endpoint is null)
        {
            return model is not null ? null : throw new UsageException("Nothing says which model. Name its folder by --model, or a server that holds it by --endpoint, --served-model and --tokenizer.");
        }

        if (model is not null || target is not null)
        {
            throw new UsageException(model is not null ? "--model and --endpoint name a model each. Leave one of them out."
                : "--target asks for rows that are summed over the whole vocabulary, but a server gives its likeliest tokens only. Leave --target out: rows then hold the model's own tokens.");
        }

        var named = new RecipeModel { Endpoint = endpoint, Model = parsed.GetValue(_name), Tokenizer = parsed.GetValue(_tokenizer), Protocol = parsed.GetValue(_protocol) };
        string[] faults = [.. named.Conflicts("--")];
        return faults.Length == 0 ? named.Served : throw new UsageException(string.Join('\n', faults.Select(f => f.Replace("'--model'", "'--served-model'", StringComparison.Ordinal).Replace("'model'", "'--served-model'", StringComparison.Ordinal))));
    }
}

using System.Text;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>A model that an inference server holds.</summary>
/// <param name="Endpoint">Such as <c>http://localhost:8000/v1</c>.</param>
/// <param name="Model">Its name there.</param>
/// <param name="Tokenizer">Folder with its tokenizer and chat template; weights are not needed.</param>
public sealed record EndpointModel(Uri Endpoint, string Model, string Tokenizer)
{
    /// <summary>The environment's variable that holds the servers' key. Not the judge's: a key is for those it was given for.</summary>
    public const string KeyVariable = "FUSESHARP_ENDPOINT_KEY";

    /// <summary>How it is asked.</summary>
    public EndpointProtocol Protocol { get; init; }

    /// <summary>What it is called in folders and tables.</summary>
    public string Name => NameOf(Model);

    /// <summary>The last part of a server's name for a model, with what no folder's name should have replaced: of <c>Qwen/Qwen2.5-7B</c> it is <c>Qwen2.5-7B</c>.</summary>
    /// <param name="model">The server's name.</param>
    public static string NameOf(string model)
    {
        var name = new StringBuilder();
        foreach (char c in model.TrimEnd('/').Split('/', '\\')[^1])
        {
            name.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '-');
        }

        return name.ToString().Trim('.') is { Length: > 0 } made ? made : "model";
    }
}

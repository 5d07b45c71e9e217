using System.CommandLine;
using FuseSharp.Tokenizers.Hub;

namespace FuseSharp.Cli.Parsing;

/// <summary>An option whose values are models.</summary>
/// <typeparam name="T">A text, or an array of texts.</typeparam>
/// <param name="name">Of the option.</param>
/// <param name="contents">What is read of the models.</param>
internal sealed class ModelOption<T>(string name, HubContents contents) : Option<T>(name), INamesModels
{
    public HubContents Contents => contents;

    public IEnumerable<string> Named(ParseResult parsed) => parsed.GetResult(this)?.Tokens.Select(t => t.Value) ?? [];
}

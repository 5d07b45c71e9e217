using System.CommandLine;
using FuseSharp.Tokenizers.Hub;

namespace FuseSharp.Cli.Parsing;

/// <summary>An argument whose values are models.</summary>
/// <typeparam name="T">A text, or an array of texts.</typeparam>
/// <param name="name">Of the argument.</param>
internal sealed class ModelArgument<T>(string name) : Argument<T>(name), INamesModels
{
    public HubContents Contents => HubContents.Model;

    public IEnumerable<string> Named(ParseResult parsed) => parsed.GetResult(this)?.Tokens.Select(t => t.Value) ?? [];
}

using System.CommandLine;
using FuseSharp.Cli.Parsing;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Tokenizers.Hub;

namespace FuseSharp.Cli.Commands;

/// <summary>The recipe of a command, whose models it names.</summary>
/// <param name="settings">What replaces settings in it.</param>
internal sealed class RecipeArgument(Option<string[]> settings) : Argument<string>("recipe"), INamesModels
{
    public HubContents Contents => HubContents.Model;

    public IEnumerable<string> Named(ParseResult parsed) => RecipeReader.ModelsNamed(parsed.GetRequiredValue(this), parsed.GetValue(settings));

    // Of a model behind a server the weights are not wanted here.
    public IEnumerable<(string Name, HubContents Contents)> Wanted(ParseResult parsed)
        => [.. Named(parsed).Select(n => (n, HubContents.Model)), .. RecipeReader.TokenizersNamed(parsed.GetRequiredValue(this), parsed.GetValue(settings)).Select(n => (n, HubContents.Tokenizer))];
}

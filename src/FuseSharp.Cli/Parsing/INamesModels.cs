using System.CommandLine;
using FuseSharp.Tokenizers.Hub;

namespace FuseSharp.Cli.Parsing;

/// <summary>An option or argument that names models: its command has <c>--download</c>.</summary>
internal interface INamesModels
{
    /// <summary>What the command reads of them.</summary>
    HubContents Contents { get; }

    /// <summary>The models: the path of one that is there, otherwise as it is written.</summary>
    /// <param name="parsed">The command line.</param>
    IEnumerable<string> Named(ParseResult parsed);

    /// <summary>The same, each with what is read of it.</summary>
    IEnumerable<(string Name, HubContents Contents)> Wanted(ParseResult parsed) => Named(parsed).Select(n => (n, Contents));
}

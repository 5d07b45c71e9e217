using System.CommandLine;
using FuseSharp.Cli.Parsing;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Tokenizers.Hub;

namespace FuseSharp.Cli.Commands;

/// <summary>The file that says what to merge, whose models it names.</summary>
internal sealed class MergeFileOption() : Option<string?>("--config"), INamesModels
{
    public HubContents Contents => HubContents.Model;

    public IEnumerable<string> Named(ParseResult parsed) => parsed.GetValue(this) is { } file ? MergeOptions.ModelsNamed(file) : [];
}

using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Split;
using FuseSharp.Core.Tokenizers;

namespace FuseSharp.Cli.Commands;

internal static class SplitCommand
{
    public static Command Create()
    {
        var models = new Option<string[]>("--models") { Description = "Models whose context the pieces must fit, the target first.", Required = true, AllowMultipleArgumentsPerToken = true };
        var texts = CommonOptions.Texts("Domains as NAME=PATH: a file, a folder or sdk:AREA, split by a hash of each document.");
        var field = CommonOptions.Field();
        var maxLength = CommonOptions.MaxLength();
        var output = CommonOptions.Output("the pieces");
        var command = new Command("split", "Stage 1: cuts texts into pieces that fit every model, and into train, validation and test.") { models, texts, field, maxLength, output };
        command.SetAction((parsed, cancellation) => Task.Run(() => ProgressDisplay.Run(progress =>
        {
            var domains = parsed.GetRequiredValue(texts).Select(t => t.Split('=', 2))
                .ToDictionary(p => p.Length == 2 ? p[0] : Path.GetFileNameWithoutExtension(p[0]), p => new TextEntry { Path = p[^1], Field = parsed.GetRequiredValue(field) });
            SplitStage.Run(domains, [.. parsed.GetRequiredValue(models).Select(m => TokenizerFolder.Load(m))],
                new SplitOptions { MaxLength = parsed.GetValue(maxLength) }, parsed.GetRequiredValue(output), progress, cancellation);
            return 0;
        }), cancellation));
        return command;
    }
}

using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Fusion;
using FuseSharp.Fusion.Map;
using FuseSharp.Fusion.Split;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Cli.Commands;

internal static class MapCommand
{
    public static Command Create()
    {
        var target = CommonOptions.TokenizerPath("--target", "Folder of the target model or its tokenizer.", isRequired: true);
        var source = CommonOptions.TokenizerPath("--source", "Folder of the source model or its tokenizer.", isRequired: true);
        var settings = new StageSettings("align.map=co_occurrence", "align.map", "align.settings", "split.max_length");
        var texts = new Option<string[]>("--texts") { Description = "Validation texts for co_occurrence: files, folders or sdk:AREA.", DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true };
        var field = CommonOptions.Field();
        var output = new Option<string>("--output") { Description = "JSON file that gets the map.", Required = true };
        var command = new Command("map", "Stage 3: finds for every source token the target token with the most similar spelling.") { target, source, settings.Option, texts, field, output };
        command.SetAction((parsed, cancellation) => Task.Run(() => ProgressDisplay.Run(progress =>
        {
            var options = settings.Read(parsed);
            string[] inputs = [parsed.GetRequiredValue(target), parsed.GetRequiredValue(source), .. parsed.GetRequiredValue(texts).Where(Path.Exists)];
            string path = Path.GetFullPath(CommonOptions.OutputFile(parsed.GetRequiredValue(output), OutputKind.Map, inputs));
            if (options.Align.Map == MapVariant.CoOccurrence)
            {
                CommonOptions.OutputFile(MapStage.ChangesBeside(path), OutputKind.Map, inputs);
            }

            var figures = MapStage.WriteFile(
                TokenizerFolder.Load(parsed.GetRequiredValue(target)), TokenizerFolder.Load(parsed.GetRequiredValue(source)), options.Align.Map,
                parsed.GetRequiredValue(texts).SelectMany(t => TextFiles.Read(t, parsed.GetRequiredValue(field))).Select(d => d.Text), options.Split.MaxLength > 0 ? options.Split.MaxLength : SplitOptions.PublishedMaxLength,
                options.Align.Settings == MethodSettings.Reference, path, cancellation);
            progress.Result($"{path}: {string.Join(", ", figures.Select(f => FormattableString.Invariant($"{f.Key} {f.Value:N0}")))}");
            return 0;
        }), cancellation));
        return command;
    }
}

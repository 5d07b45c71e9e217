using System.CommandLine;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Fusion.Split;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Hub;

namespace FuseSharp.Cli.Commands;

internal static class SplitCommand
{
    public static Command Create()
    {
        var models = CommonOptions.ModelPaths("--models", "Models whose context the pieces must fit, the target first.", HubContents.Tokenizer);
        var texts = CommonOptions.Texts("Domains as NAME=PATH: a file (.txt, .jsonl, .json, .csv, .tsv, these as .gz, .zst, .bz2 or .xz, .parquet, .arrow), a folder, a pattern with * or **, or sdk:AREA. Split by names such as train/ or test-0.parquet where there are any, otherwise by a hash of each document.");
        var validation = new Option<string[]>("--validation") { Description = "Validation texts of a domain as NAME=PATH; its --texts then are training texts only.", AllowMultipleArgumentsPerToken = true };
        var test = new Option<string[]>("--test") { Description = "Test texts of a domain, in the same way.", AllowMultipleArgumentsPerToken = true };
        var field = CommonOptions.Field();
        var format = new Option<TextFormat>("--format") { Description = "What rows hold: text, messages, sharegpt, alpaca, prompt_completion or preference; auto: told by their columns.", DefaultValueFactory = _ => TextFormat.Auto };
        var lines = new Option<bool>("--lines") { Description = "A .txt file holds a document a line; without it, it is one document." };
        var settings = new StageSettings("split.max_length=512", "split.", "chat.", "store.");
        var output = new OutputFlags("the pieces");
        var command = new Command("split", "Stage 1: cuts texts into pieces that fit every model, and into train, validation and test.") { models, texts, validation, test, field, format, lines, settings.Option };
        output.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = settings.Read(parsed);
            string[] folders = parsed.GetRequiredValue(models);
            var domains = Domains(parsed.GetRequiredValue(texts), parsed.GetValue(validation) ?? [], parsed.GetValue(test) ?? [], parsed.GetRequiredValue(field), parsed.GetValue(format), parsed.GetValue(lines));
            ITokenizer[] tokenizers = [.. folders.Select(m => TokenizerFolder.Load(m))];
            var conversations = ConversationSplit.Create(domains, options.Chat, [.. folders.Zip(tokenizers, (f, t) => (ModelName.FromPath(f), f, t))]);
            return output.Run(parsed, options.Store, (folder, context) => SplitStage.Run(
                domains, tokenizers, RecipeDefaults.Resolve(options.Split, folders), folder, context, conversations), cancellation);
        }, cancellation));
        return command;
    }

    private static Dictionary<string, TextEntry> Domains(string[] texts, string[] validation, string[] test, string field, TextFormat format, bool lines)
    {
        var (held, reported) = (Named(validation, "--validation"), Named(test, "--test"));
        var domains = Named(texts, "--texts").ToDictionary(d => d.Key, d => held.ContainsKey(d.Key) || reported.ContainsKey(d.Key)
            ? new TextEntry { Train = d.Value, Validation = held.GetValueOrDefault(d.Key), Test = reported.GetValueOrDefault(d.Key), Field = field, Format = format, Lines = lines }
            : new TextEntry { Path = d.Value, Field = field, Format = format, Lines = lines });
        return held.Keys.Concat(reported.Keys).FirstOrDefault(n => !domains.ContainsKey(n)) is { } stranger
            ? throw new UsageException($"'{stranger}' has validation or test texts but no training texts. Name them with --texts {stranger}=PATH.")
            : domains;
    }

    /// <summary>Reads <c>NAME=PATH</c> pairs; a path alone is called as its file.</summary>
    internal static Dictionary<string, string> Named(string[] pairs, string option)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string[] pair in pairs.Select(p => p.Split('=', 2)))
        {
            string name = pair.Length == 2 ? pair[0] : Path.GetFileNameWithoutExtension(pair[0]);
            if (RecipeValidator.ErrorOfDomain(name) is { } fault)
            {
                throw new UsageException($"{option}: '{fault}");
            }

            if (!named.TryAdd(name, pair[^1]))
            {
                throw new UsageException($"{option} names the domain '{name}' twice. Give every domain a name of its own, as NAME=PATH.");
            }
        }

        return named;
    }
}

using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Pipeline;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Cli.Commands;

internal static class TokenizerCommand
{
    public static Command Create()
    {
        var family = new Option<TokenizerFamily>("--family") { Description = "sentence_piece (▁, byte fallback) or byte_level (Ġ).", DefaultValueFactory = _ => TokenizerFamily.SentencePiece };
        var size = new Option<int>("--vocabulary") { Description = "Tokens in all, special ones included.", DefaultValueFactory = _ => 32_000 };
        var texts = CommonOptions.Texts("Files or folders of texts, or sdk:AREA.");
        var field = CommonOptions.Field();
        var onlyTrain = OnlyTrainSplit();
        var part = Part();
        var output = CommonOptions.Output("the tokenizer");
        var train = new Command("train", "Learns a BPE vocabulary from texts.") { family, size, texts, field, onlyTrain, part, output };
        train.SetAction(parsed =>
        {
            var documents = Documents(parsed.GetRequiredValue(texts), parsed.GetRequiredValue(field), parsed.GetValue(onlyTrain), parsed.GetValue(part));
            var options = new TokenizerTrainOptions { Family = parsed.GetValue(family), VocabularySize = parsed.GetValue(size) };
            string folder = parsed.GetRequiredValue(output);
            ProgressDisplay.Run(progress =>
            {
                TokenizerStage.Run(documents.Select(d => d.Text), options, folder, progress);
                return 0;
            });
            Console.WriteLine($"Tokenizer of {TokenizerFolder.Load(folder).Vocabulary.Count:N0} tokens: {folder}");
            return 0;
        });
        return new Command("tokenizer", "Trains tokenizers.") { train };
    }

    public static Option<bool> OnlyTrainSplit()
        => new("--only-train-split") { Description = "Take only the 85 of 100 documents that the split by hash counts as training texts." };

    public static Option<TextPart?> Part()
        => new("--part")
        {
            Description = "Take only a part of these documents, such as 0..60, percent by a second hash: a recipe's 'part: 60..100' holds the others.",
            CustomParser = result =>
            {
                try
                {
                    return TextPart.Parse(result.Tokens[0].Value);
                }
                catch (FormatException unfit)
                {
                    result.AddError($"--part {unfit.Message}.");
                    return null;
                }
            },
        };

    public static IEnumerable<Document> Documents(string[] texts, string field, bool onlyTrainSplit, TextPart? part)
        => texts.SelectMany(t => TextFiles.Read(t, field)).Where(d => (!onlyTrainSplit || HashSplit.Assign(d.Text) == DataSplit.Train) && part?.Holds(d) != false);
}

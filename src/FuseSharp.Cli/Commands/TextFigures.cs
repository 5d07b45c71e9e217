using System.CommandLine;
using System.Globalization;
using FuseSharp.Cli.Ranks;
using FuseSharp.Cli.Rendering;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Cli.Commands;

/// <summary>Prints the figures of texts, a line for each file or folder.</summary>
internal static class TextFigures
{
    /// <summary>The option that names them.</summary>
    public static Option<string[]> Texts()
    {
        var texts = CommonOptions.Texts("Files or folders of texts, or sdk:AREA; a line of figures for each.");
        texts.Required = false;
        texts.DefaultValueFactory = _ => [];
        return texts;
    }

    public static void Show(ITextMeasure measure, IEnumerable<string> texts, string field, CancellationToken cancellation)
    {
        foreach (string source in texts)
        {
            var result = ProgressDisplay.Run(progress =>
            {
                MeasuredText[] documents = [.. TextFiles.Read(source, field, format: TextFormat.Auto).Select(d => d.Conversation is { } turns ? MeasuredText.FromConversation(turns) : new(d.Text))];
                if (documents.Length == 0)
                {
                    throw new ArtifactException($"'{source}' holds no text to evaluate. Name texts that hold a document.");
                }

                using var bar = progress.Start($"evaluate {source}", documents.Sum(d => d.Bytes), "bytes");
                var measured = measure.Measure(documents, n => bar.Advance(n), cancellation);
                bar.Complete();
                return measured;
            });
            CommandRanks.Say(string.Create(CultureInfo.InvariantCulture,
                $"{source}: {result.Estimate.Show()} bits per byte, perplexity {result.PerplexityPerToken:F3} a token and {result.PerplexityPerWord:F3} a word, {result.Bytes:N0} bytes, {result.Tokens:N0} tokens"));
        }
    }
}

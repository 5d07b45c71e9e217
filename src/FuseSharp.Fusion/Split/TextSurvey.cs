using System.Text;
using FuseSharp.Files;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Split;

/// <summary>What a domain's texts hold, from a look at their beginning: enough to know a training's length, and whether each split has a document.</summary>
/// <param name="TrainBytes">UTF-8 bytes of the training split; an estimate from the files' sizes where they hold more than was looked at.</param>
/// <param name="BytesPerToken">Of the target's tokenizer, on the first of these texts.</param>
/// <param name="Empty">Splits without a document.</param>
public sealed record TextSurvey(double TrainBytes, double BytesPerToken, IReadOnlyList<DataSplit> Empty)
{
    private const long LookedAt = 16 << 20;
    private const int Tokenized = 1 << 16;

    // Of 100 documents that are not divided by their files (HashSplit).
    private const double TrainShare = 0.85;
    private const double TestShare = 0.1;

    // An area of the SDK's documentation, roughly; recipes limit it.
    private const double SdkAreaBytes = 1e6;

    // Bytes of a document that a model writes.
    private const double UsualDocument = 2_000;

    // English in vocabularies of 32,000 to 50,000.
    private const double UsualBytesPerToken = 4;

    /// <summary>Looks at a domain's texts.</summary>
    /// <param name="entry">Where they are.</param>
    /// <param name="options">How they will be split.</param>
    /// <param name="tokenizer">The target's.</param>
    /// <param name="writers">How many models write its training texts; 0 where they are given.</param>
    /// <exception cref="Errors.ArtifactException">Texts that cannot be read.</exception>
    public static TextSurvey Take(TextEntry entry, SplitOptions options, ITokenizer tokenizer, int writers = 0)
    {
        if (writers > 0)
        {
            double written = WrittenBytes(entry, writers);
            return new TextSurvey(options.TrainBytesPerDomain > 0 ? Math.Min(options.TrainBytesPerDomain, written) : written, UsualBytesPerToken, [.. Enum.GetValues<DataSplit>().Where(s => s != DataSplit.Train && !Documents(entry, s).Any())]);
        }

        long limit = options.TrainBytesPerDomain is > 0 and < LookedAt ? options.TrainBytesPerDomain : LookedAt;
        long bytes = 0;
        var sample = new StringBuilder();
        foreach (string text in Documents(entry, DataSplit.Train))
        {
            bytes += Encoding.UTF8.GetByteCount(text);
            sample.Append(text, 0, Math.Clamp(Tokenized - sample.Length, 0, text.Length));
            if (bytes >= limit)
            {
                break;
            }
        }

        string read = sample.ToString();
        double perToken = read.Length == 0 ? UsualBytesPerToken : (double)Encoding.UTF8.GetByteCount(read) / Math.Max(1, tokenizer.Encode(read).Count);
        double trainBytes = bytes < limit ? bytes : options.TrainBytesPerDomain > 0 ? Math.Min(options.TrainBytesPerDomain, Math.Max(bytes, SizeOf(entry))) : Math.Max(bytes, SizeOf(entry));
        return new TextSurvey(trainBytes, perToken, [.. Enum.GetValues<DataSplit>().Where(s => s == DataSplit.Train ? bytes == 0 : !Documents(entry, s).Any())]);
    }

    /// <summary>UTF-8 bytes that models will write for a domain; an estimate where it counts documents.</summary>
    /// <param name="entry">The domain.</param>
    /// <param name="writers">How many models write.</param>
    public static double WrittenBytes(TextEntry entry, int writers) => writers * (entry.Bytes ?? (entry.Count ?? 0) * UsualDocument);

    private static IEnumerable<string> Documents(TextEntry entry, DataSplit split) => DomainTexts.Read(entry, split).Where(d => d.Error is null).Select(d => d.Text);

    /// <summary>UTF-8 bytes of the test split; an estimate from the files' sizes.</summary>
    /// <param name="entry">Where they are.</param>
    /// <param name="options">How they will be split.</param>
    public static double TestBytes(TextEntry entry, SplitOptions options)
    {
        double all = (entry.Test ?? entry.Path) is not { } path ? 0
            : path.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal) ? SdkAreaBytes * (entry.Test is null ? TestShare : 1)
            : BytesOf(entry.Test, path, DataSplit.Test, TestShare);
        return options.TestBytesPerDomain > 0 ? Math.Min(options.TestBytesPerDomain, all) : all;
    }

    private static double SizeOf(TextEntry entry)
    {
        string path = entry.Train ?? entry.Path!;
        return path.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal) ? 0
            : BytesOf(entry.Train, path, DataSplit.Train, TrainShare) * (entry.Part?.Share ?? 1);
    }

    // Files that are named for a split, or that name it, are all of it; of others each document falls on a side.
    private static double BytesOf(string? own, string path, DataSplit split, double share)
        => own is not null ? SizeOf(TextPaths.Files(own)) : TextPaths.FilesOfSplit(path, split) is { } files ? SizeOf(files) : SizeOf(TextPaths.Files(path)) * share;

    private static double SizeOf(IEnumerable<string> files) => files.Sum(f => (double)BoundedFile.LengthOf(f));
}

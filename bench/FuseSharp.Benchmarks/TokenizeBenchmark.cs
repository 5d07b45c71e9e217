using System.Text;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Benchmarks;

/// <summary>MB/s of both kinds of tokenizers over real documents, on one thread and on all, and on one long text against a tenth of it.</summary>
/// <remarks>Microsoft.ML.Tokenizers 2.0.1 measured here: byte-level BPE 5.4 MB/s; SentencePiece 2.6 MB/s by lines, 0.8 MB/s on one text of 0.4 MB.</remarks>
internal sealed class TokenizeBenchmark : IBenchmark
{
    private const double Goal = 5;
    private const int Rounds = 5;

    public string Name => "tokenize";

    public string Run(string[] arguments)
    {
        string[] texts = [.. Directory.EnumerateFiles(SharedData.Path("data", "corpora"), "*.train.jsonl").Order(StringComparer.Ordinal).SelectMany(f => TextFiles.Read(f)).Select(d => d.Text)];
        double slowest = double.MaxValue;
        Console.WriteLine("tokenizer            one thread   all threads   one text of 3 MB   of 0.3 MB   (MB/s)");
        foreach (string name in new[] { "mistral-7b-v0.1", "gpt-neox-20b" })
        {
            var tokenizer = TokenizerFolder.Load(SharedData.Path("data", "tokenizers", name));
            string whole = string.Join("\n\n", texts)[..3_000_000];
            string tenth = whole[..300_000];
            double one = Rate(texts, () => Array.ForEach(texts, t => tokenizer.Encode(t)));
            double all = Rate(texts, () => texts.AsParallel().ForAll(t => tokenizer.Encode(t)));
            double longText = Rate([whole], () => tokenizer.Encode(whole));
            double shortText = Rate([tenth], () => tokenizer.Encode(tenth));
            slowest = new[] { slowest, one, longText, shortText }.Min();
            Console.WriteLine(FormattableString.Invariant($"{name,-18} {one,12:F1} {all,13:F1} {longText,18:F1} {shortText,11:F1}"));
        }

        return FormattableString.Invariant($"tokenize: {slowest:F1} MB/s of one thread, the lowest (goal ≥ {Goal})");
    }

    private static double Rate(string[] texts, Action encode)
    {
        double bytes = texts.Sum(t => (double)Encoding.UTF8.GetByteCount(t));
        return bytes / 1e6 / (Median.MillisecondsOf(Rounds, encode) / 1000);
    }
}

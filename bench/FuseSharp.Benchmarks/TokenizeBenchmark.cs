using System.Text;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Benchmarks;

/// <summary>MB/s of every kind of tokenizer over real documents, on one thread and on all, on one long text against a tenth of it, and as a ratio to Hugging Face's own Rust code on one thread.</summary>
/// <remarks>Microsoft.ML.Tokenizers 2.0.1 measured here: byte-level BPE 5.4 MB/s; SentencePiece 2.6 MB/s by lines, 0.8 MB/s on one text of 0.4 MB.</remarks>
internal sealed class TokenizeBenchmark : IBenchmark
{
    private const int Rounds = 5;

    private static readonly (string Kind, string[] Place)[] _kinds =
    [
        ("byte-level BPE, GPT-2's pattern", ["data", "tokenizers", "gpt-neox-20b"]),
        ("byte-level BPE, cl100k's pattern", ["data", "tokenizers-today", "granite-4.0"]),
        ("Tekken", ["data", "tokenizers-today", "mistral-nemo"]),
        ("three patterns (DeepSeek)", ["data", "tokenizers-today", "deepseek-v3"]),
        ("steps behind bytes (Falcon)", ["data", "tokenizers-today", "falcon-7b"]),
        ("SentencePiece BPE", ["data", "tokenizers", "mistral-7b-v0.1"]),
        ("SentencePiece BPE, tokenizer.json", ["data", "tokenizers-today", "mistral-v0.1"]),
        ("SentencePiece BPE, nmt_nfkc", ["data", "tokenizers-today", "spm-bpe-nmt-nfkc-bytes"]),
        ("SentencePiece Unigram, nmt_nfkc", ["data", "tokenizers-today", "spm-unigram-nmt-nfkc", "tokenizer.model"]),
        ("Unigram, Precompiled (T5)", ["data", "tokenizers-today", "t5-small"]),
    ];

    public string Name => "tokenize";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        string[] texts = [.. Directory.EnumerateFiles(SharedData.Path("data", "corpora"), "*.train.jsonl").Order(StringComparer.Ordinal).SelectMany(f => TextFiles.Read(f)).Select(d => d.Text)];
        double slowest = double.MaxValue;
        Console.WriteLine("tokenizer                           one thread   all threads   one text of 3 MB   of 0.3 MB   (MB/s)   of Hugging Face's");
        using var wordPiece = new ScratchFolder();
        WordPieceFile.Write(wordPiece.Path);
        foreach (var (kind, path) in _kinds.Select(k => (k.Kind, SharedData.Path(k.Place))).Append(("WordPiece (BERT)", wordPiece.Path)))
        {
            var tokenizer = TokenizerFolder.Load(path);
            string whole = string.Join("\n\n", texts)[..3_000_000];
            string tenth = whole[..300_000];
            double one = RateOfOne(texts, () => Array.ForEach(texts, t => tokenizer.Encode(t)));
            double all = Rate(texts, Median.MillisecondsOf(Rounds, () => texts.AsParallel().ForAll(t => tokenizer.Encode(t))));
            double longText = RateOfOne([whole], () => tokenizer.Encode(whole));
            double shortText = RateOfOne([tenth], () => tokenizer.Encode(tenth));
            slowest = new[] { slowest, one, longText, shortText }.Min();
            Console.WriteLine(FormattableString.Invariant($"{kind,-34} {one,11:F1} {all,13:F1} {longText,18:F1} {shortText,11:F1}            {RatioToRust(path, texts, one)}"));
        }

        return [new("tokenizing, the slowest of 11 kinds, one thread", slowest, "MB/s", Goal.AtLeast(10))];
    }

    // Their library reads tokenizer.json only.
    private static string RatioToRust(string path, string[] texts, double own)
    {
        string file = Path.Combine(path, "tokenizer.json");
        if (!File.Exists(file) || !OperatingSystem.IsLinux())
        {
            return "–";
        }

        using var theirs = new global::Tokenizers.DotNet.Tokenizer(file);
        return FormattableString.Invariant($"{own / RateOfOne(texts, () => Array.ForEach(texts, t => theirs.Encode(t))):F1}");
    }

    // Of one thread's processor time: other work on the machine does not count.
    private static double RateOfOne(string[] texts, Action encode) => Rate(texts, Median.ProcessorMillisecondsOf(Rounds, encode));

    private static double Rate(string[] texts, double milliseconds) => texts.Sum(t => (double)Encoding.UTF8.GetByteCount(t)) / 1e6 / (milliseconds / 1000);
}

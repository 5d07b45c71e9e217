using System.Globalization;
using System.Text;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Benchmarks;

/// <summary>MB/s of one thread that renders 10,000 conversations in a model's own template, finds their answers and tokenizes them, beside the same texts tokenized alone and the reading of their file.</summary>
internal sealed class ConversationsBenchmark : IBenchmark
{
    private const int Rounds = 3;
    private const int Count = 10_000;

    private static readonly string[] _families = ["smollm2", "qwen3", "mistral-v0.3", "phi-4", "granite-4.0", "deepseek-v3"];

    public string Name => "conversations";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        string[] files = [.. Directory.EnumerateFiles(SharedData.Path("data", "chat"), "*.train.jsonl").Order(StringComparer.Ordinal)];
        Document[] given = [.. files.SelectMany(f => TextFiles.Read(f, format: TextFormat.Auto))];
        Conversation[] conversations = [.. Enumerable.Range(0, Count).Select(i => given[i % given.Length].Conversation!)];
        double reading = files.Sum(f => new FileInfo(f).Length) / 1e6 / Seconds(() => Array.ForEach(files, f => GC.KeepAlive(TextFiles.Read(f, format: TextFormat.Auto).ToList())));
        Console.WriteLine(FormattableString.Invariant($"reading their files: {reading:F1} MB/s"));
        Console.WriteLine("template              rendered and tokenized   their texts tokenized alone   (MB/s, one thread)");
        double slowest = double.MaxValue;
        foreach (string family in _families)
        {
            string folder = SharedData.Path("data", "tokenizers-today", family);
            var tokenizer = TokenizerFolder.Load(folder);
            var template = ChatTemplate.Find(folder) ?? throw new InvalidOperationException($"'{folder}' has no template.");
            var encoder = ConversationEncoder.Create(tokenizer, template, LearnedTurns.Answers, DateTimeOffset.Parse("2025-01-01T00:00:00Z", CultureInfo.InvariantCulture));
            Conversation[] fitting = [.. conversations.Where(c => Fits(encoder, c))];
            string[] texts = [.. fitting.Select(c => encoder.Render(c).Text)];
            double megabytes = texts.Sum(t => (double)Encoding.UTF8.GetByteCount(t)) / 1e6;
            double own = megabytes / Seconds(() => Array.ForEach(fitting, c => encoder.Encode(c)));
            double plain = megabytes / Seconds(() => Array.ForEach(texts, t => tokenizer.Encode(t)));
            slowest = Math.Min(slowest, own);
            Console.WriteLine(FormattableString.Invariant($"{family,-20} {own,23:F1} {plain,29:F1}   {fitting.Length:N0} conversations, {megabytes:F1} MB"));
        }

        return [new("conversations rendered and tokenized, the slowest template, one thread", slowest, "MB/s", Goal.AtLeast(5))];
    }

    // Some templates refuse a system message.
    private static bool Fits(ConversationEncoder encoder, Conversation conversation)
    {
        try
        {
            encoder.Encode(conversation);
            return true;
        }
        catch (ModelException)
        {
            return false;
        }
    }

    private static double Seconds(Action work) => Median.MillisecondsOf(Rounds, work) / 1000;
}

using System.Globalization;
using System.Text;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Split;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Testing.Oracles;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>How many bits a position a source's rows lie above its exact probability of the target's true next token, with the demo's models.</summary>
/// <remarks>
/// At bytes where both models end a token, in texts that the source has written itself at temperature 1: there its exact distribution is the true one, and what a row lies above it is what the row lost
/// (on other texts a row that is wrong in the right direction may lie below). A row's bits: −log₂ of what it says of the true token; what it leaves open is spread evenly over the tokens that it does
/// not name. <c>cut, projected</c> keeps the likeliest k source tokens and projects them; <c>projected, cut</c> sums over the whole vocabulary and keeps the largest k sums.
/// </remarks>
internal sealed class RowBitsBenchmark : IBenchmark
{
    private const int DefaultPositions = 1000;
    private const int WrittenTokens = 120;
    private const int PositionsOfText = 50; // at least, in the mean: most bytes where the one ends a token the other does too

    private static readonly int[] _cuts = [10, 50, 512];

    public string Name => "row-bits";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        int positions = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : DefaultPositions;
        using var folder = new ScratchFolder();
        var target = TokenizerFolder.Load(DemoModels.Path("security"));
        var sums = new Dictionary<string, double>(StringComparer.Ordinal);
        int counted = 0;
        foreach (string name in new[] { "data", "web" })
        {
            using var source = LanguageModel.Load(name, DemoModels.Path(name), ScalarType.Float32, CPU);
            var questions = Questions(folder.At(name), source, target, positions);
            var answers = new ExactNextToken(sequences => Read(source, sequences), source.Tokenizer, target).Ask(questions);
            var projection = VocabularyProjection.ToFirstToken(target, source.Tokenizer);
            var bits = new Dictionary<string, double>(StringComparer.Ordinal);
            for (int i = 0; i < questions.Count; i++)
            {
                foreach (var (kind, probability) in Probabilities(answers[i].Next, projection, target.Vocabulary.Count, questions[i].Token).Prepend(("exact", answers[i].Exact)))
                {
                    bits[kind] = bits.GetValueOrDefault(kind) - Math.Log2(Math.Max(probability, 1e-12));
                }
            }

            Console.WriteLine(FormattableString.Invariant($"{name}, {questions.Count} positions: exact {bits["exact"] / questions.Count:F3} bits"));
            foreach (var (kind, value) in bits)
            {
                Console.WriteLine(FormattableString.Invariant($"  {kind,-24} {value / questions.Count,7:F3}   {(value - bits["exact"]) / questions.Count,7:+0.000;-0.000} above it"));
                sums[kind] = sums.GetValueOrDefault(kind) + value;
            }

            counted += questions.Count;
        }

        double Gap(string kind) => (sums[kind] - sums["exact"]) / counted;
        return [new("bits a position above the exact probability, rows projected and cut to 50", Gap("projected, cut to 50"), "bits", Goal.AtMost(1), new("rows cut to 50 and projected", Gap("cut to 50, projected")))];
    }

    private static IEnumerable<(string Kind, double Probability)> Probabilities(float[] next, VocabularyProjection projection, int vocabulary, int token)
    {
        double[] Sums(IEnumerable<int> ids)
        {
            double[] sums = new double[vocabulary];
            foreach (int id in ids.Where(id => id < projection.SourceTokens && projection.TargetOf(id) >= 0))
            {
                sums[projection.TargetOf(id)] += next[id];
            }

            return sums;
        }

        double Named(double[] row) => row[token] > 0 ? row[token] : Math.Max(0, 1 - row.Sum()) / Math.Max(1, row.Count(p => p == 0));
        double[] whole = Sums(Enumerable.Range(0, next.Length));
        yield return ("first token, whole", Named(whole));
        int[] likeliest = [.. Enumerable.Range(0, next.Length).OrderByDescending(i => next[i])];
        int[] largest = [.. Enumerable.Range(0, vocabulary).OrderByDescending(i => whole[i])];
        foreach (int k in _cuts)
        {
            yield return ($"cut to {k}, projected", Named(Sums(likeliest.Take(k))));
            double[] kept = new double[vocabulary];
            Array.ForEach(largest[..k], id => kept[id] = whole[id]);
            yield return ($"projected, cut to {k}", Named(kept));
        }
    }

    private static float[][][] Read(LanguageModel source, IReadOnlyList<(int[] Context, int[] Tokens)> sequences)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        int longest = sequences.Max(s => s.Context.Length + s.Tokens.Length);
        long[] ids = [.. sequences.SelectMany(s => s.Context.Concat(s.Tokens).Select(i => (long)i).Concat(Enumerable.Repeat(0L, longest - s.Context.Length - s.Tokens.Length)))];
        var states = source.Network.HiddenStates(tensor(ids, [sequences.Count, longest]));
        return [.. sequences.Select((s, b) =>
        {
            using var here = NewDisposeScope();
            var probabilities = source.Network.LogitsOf(states[b].narrow(0, s.Context.Length - 1, s.Tokens.Length + 1)).softmax(1).contiguous();
            return Enumerable.Range(0, s.Tokens.Length + 1).Select(t => probabilities[t].data<float>().ToArray()).ToArray();
        })];
    }

    // Bytes of the source's own continuations at which both models have ended a token.
    private static List<(int[] Context, int Token)> Questions(string folder, LanguageModel source, ITokenizer target, int count)
    {
        SplitStage.Run(new Dictionary<string, TextEntry> { [source.Name] = new() { Path = SdkDocumentation.Prefix + source.Name } }, [target, source.Tokenizer],
            new SplitOptions { MaxLength = 512, TestBytesPerDomain = 110_000, TrainBytesPerDomain = 1000 }, folder, StageContext.Silent);
        string[] prompts = [.. new TextPieceFiles(folder, DataSplit.Test).Read().Select(p => p.Text.Split('\n')[0] + "\n").Distinct().Take(1 + (count / PositionsOfText))];
        string[] written = new string[prompts.Length];
        new TextGenerator(source, new GenerateOptions { MaxTokens = WrittenTokens, Temperature = 1, TopP = 1 })
            .Generate(prompts.Select((p, place) => (place, source.PromptIds(p))), 16, (place, generation) => written[place] = generation.Text, CancellationToken.None);
        var all = prompts.Zip(written).SelectMany(p => Positions(p.First, p.Second, source, target)).ToArray();
        new Random(1).Shuffle(all);
        return [.. all.Take(count)];
    }

    private static IEnumerable<(int[] Context, int Token)> Positions(string prompt, string written, LanguageModel source, ITokenizer target)
    {
        var (own, other) = (target.Encode(prompt + written), source.Tokenizer.Encode(prompt + written));
        int begin = Encoding.UTF8.GetByteCount(prompt);
        var ends = Enumerable.Range(0, other.Count).GroupBy(j => other.EndsExclusive[j]).ToDictionary(g => g.Key, g => g.Max());
        for (int i = 0; i + 1 < own.Count; i++)
        {
            if (own.EndsExclusive[i] >= begin && own.EndsExclusive[i + 1] > own.EndsExclusive[i] && ends.TryGetValue(own.EndsExclusive[i], out int j) && !target.IsSpecial(own.Ids[i + 1]))
            {
                yield return (source.Started([.. other.Ids.Take(j + 1)]), own.Ids[i + 1]);
            }
        }
    }
}

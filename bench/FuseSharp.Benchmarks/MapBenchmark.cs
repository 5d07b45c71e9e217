using FuseSharp.Fusion.Map;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Benchmarks;

/// <summary>The whole mapping of GPT-NeoX's vocabulary to Mistral's, index included; the Python reference took 319 s on two cores.</summary>
internal sealed class MapBenchmark : IBenchmark
{
    public string Name => "map";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        var target = TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "mistral-7b-v0.1"));
        var source = TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "gpt-neox-20b"));
        var statistics = default(MapStatistics);
        void Map(int threads)
        {
            var mapper = new VocabularyMapper(target, source);
            mapper.Map(threads);
            statistics = mapper.Statistics;
        }

        double index = Median.MillisecondsOf(5, () => _ = new VocabularyMapper(target, source)) / 1000;
        double processor = Median.ProcessorMillisecondsOf(5, () => Map(1)) / 1000;
        double one = Median.MillisecondsOf(5, () => Map(1)) / 1000;
        double all = Median.MillisecondsOf(5, () => Map(Environment.ProcessorCount)) / 1000;
        Console.WriteLine(FormattableString.Invariant($"{source.Vocabulary.Count} × {target.Vocabulary.Count} tokens = {(double)source.Vocabulary.Count * target.Vocabulary.Count:E2} pairs"));
        Console.WriteLine(FormattableString.Invariant($"equal {statistics.Equal}, at distance 1 {statistics.AtOne}, 2 {statistics.AtTwo}, farther {statistics.Farther}"));
        Console.WriteLine(FormattableString.Invariant($"edit distances evaluated {statistics.Distances:N0}, signatures compared {statistics.Signatures:N0}"));
        Console.WriteLine(FormattableString.Invariant($"index of the target alone {index:F3} s, included below"));
        Console.WriteLine(FormattableString.Invariant($"by the clock: 1 thread {one:F3} s, {Environment.ProcessorCount} threads {all:F3} s, {one / all:F2} times as fast"));
        return [new("map of GPT-NeoX's vocabulary to Mistral's, one thread", processor, "s", Goal.AtMost(0.5))];
    }
}

using CsCheck;
using FuseSharp.Fusion.Map;
using FuseSharp.Fusion.Tests.Align;
using FuseSharp.Testing.Oracles;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Tests.Map;

public sealed class VocabularyMapperTests
{
    // Few letters, so that equal distances are common; a marker, a character outside the basic plane, and lengths beyond a machine word.
    private static readonly Gen<string> _word = Gen.Select(Gen.Int[0, 6].Array[0, 9], Gen.Int[0, 40], (letters, kind) =>
    {
        string[] alphabet = ["a", "b", "c", "▁", "é", "𝒳", "d"];
        string word = string.Concat(letters.Select(l => alphabet[l]));
        return kind == 0 ? string.Concat(Enumerable.Repeat(word + "x", 40)) : word;
    });

    [Fact]
    public void Map_RandomVocabularies_EqualsComparingEveryPair()
        => Gen.Select(_word.Array[1, 40], _word.Array[1, 40]).Sample((target, source) =>
        {
            var targetTokenizer = new SpelledTokenizer([.. target.Distinct()]);
            var sourceTokenizer = new SpelledTokenizer([.. source.Distinct()]);

            var map = new VocabularyMapper(targetTokenizer, sourceTokenizer).Map(threads: 2);

            Assert.Equal(VocabularyMapOracle.Map(targetTokenizer.Vocabulary, sourceTokenizer.Vocabulary), map.Targets);
        }, iter: 400, threads: 1);

    [Fact]
    public void Map_OtherFamily_MarkersAreReplacedFirst()
    {
        var target = new SpelledTokenizer("▁the", "the", "▁believ");
        var source = new SpelledTokenizer("Ġthe", "the", "Ġunbeliev") { Family = TokenizerFamily.ByteLevel };

        Assert.Equal([0, 1, 2, 3, 4], new VocabularyMapper(target, source).Map(1).Targets);
    }
}

using CsCheck;
using FuseSharp.Fusion.Align;
using FuseSharp.Testing.Oracles;

namespace FuseSharp.Fusion.Tests.Align;

public sealed class SpellingCostsTests
{
    [Fact]
    public void Read_SpellingsOfEveryLength_CostsAreTheirEditDistances()
    {
        // Lanes hold 16 and 64 symbols, longer ones are compared singly; the empty spelling is that of a lone word marker.
        var word = Gen.Frequency((6, Gen.Int[1, 9]), (2, Gen.Int[14, 18]), (1, Gen.Int[60, 70]), (1, Gen.Int[0, 150])).SelectMany(length => Gen.Char["abcdé𝒳"[..5]].Array[length]).Select(c => new string(c));
        Gen.Select(word.Array[1, 50], word.Array[1, 80]).Sample((sources, targets) =>
        {
            string[] source = [.. sources.Select(w => "▁" + w)];
            string[] target = [.. targets.Select(w => "▁" + w)];
            var spellings = new TokenSpellings(new SpelledTokenizer(target), new SpelledTokenizer(source));
            var costs = new SpellingCosts(spellings);
            for (int round = 0; round < 2; round++)
            {
                // The second document holds half of the tokens: nothing of the first may be left.
                string[] ownSource = [.. source.Skip(round * source.Length / 2)];
                string[] ownTarget = [.. target.Skip(round * target.Length / 2)];
                costs.Read([.. Enumerable.Range(source.Length - ownSource.Length, ownSource.Length).Select(i => spellings.OfSource[2 + i])],
                    [.. Enumerable.Range(target.Length - ownTarget.Length, ownTarget.Length).Select(i => spellings.OfTarget[2 + i])]);

                int[] places = new int[ownTarget.Length];
                costs.Places([.. Enumerable.Range(0, ownTarget.Length)], places);
                for (int s = 0; s < ownSource.Length; s++)
                {
                    Assert.Equal(ownTarget.Select(t => VocabularyMapOracle.Levenshtein(ownSource[s][1..], t[1..])), places.Select(p => (int)costs[s][p]));
                }

                Assert.Equal(ownSource.Max(s => ownTarget.Max(t => VocabularyMapOracle.Levenshtein(s[1..], t[1..]))), costs.Largest);
            }
        }, iter: 60, threads: 1);
    }
}

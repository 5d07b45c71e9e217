using FuseSharp.Errors;
using FuseSharp.Tokenizers.Patterns;

namespace FuseSharp.Tokenizers.Tests.Patterns;

/// <summary>Patterns in Oniguruma's syntax; what it does with random texts is compared in <see cref="CompositionTests"/>, with every character in <see cref="EveryCharacterTests"/>.</summary>
public sealed class TextPatternTests
{
    [Theory]
    [InlineData("a+", "baab", "1-3")]
    [InlineData("a*", "ba", "0-0 1-2")] // nothing is found where a match has just ended
    [InlineData("a+?b|a", "aaab", "0-4")]
    [InlineData("(?>a+)a", "aaa", "")]
    [InlineData("a++a", "aaa", "")]
    [InlineData("a{1,2}+", "aaaaa", "0-5")] // repeated, not possessive
    [InlineData("ba{2}?", "baab", "0-3 3-4")] // optional, not lazy
    [InlineData("a{,2}b", "aaab", "1-4")]
    [InlineData("a{x}", "a{x}", "0-4")]
    [InlineData("(?i:ab)c", "ABc ABC", "0-3")]
    [InlineData("(?i)k", "\u212A", "0-1")]
    [InlineData("a(?i)b|c", "aB aC", "0-2 3-5")] // Oniguruma's: the option takes the branch behind it along
    [InlineData("a(?=b)", "abaa", "0-1")]
    [InlineData("(?<=a|bc)x", "axbcxx", "1-2 4-5")]
    [InlineData("(?<!a)x", "axx", "2-3")]
    [InlineData("^a|b$", "ab\nab", "0-1 1-2 3-4 4-5")]
    [InlineData(@"\Aa|a\z", "aba", "0-1 2-3")]
    [InlineData(@"\b", "a b", "0-0 1-1 2-2 3-3")]
    [InlineData(".", "a\n😀", "0-1 2-4")]
    [InlineData("(?m:.)", "\n", "0-1")]
    [InlineData("(?x: a b # comment\n)", "ab", "0-2")]
    [InlineData("(?<name>a)(b)(?#note)", "ab", "0-2")]
    [InlineData("[a-c&&[^b]]+", "abca", "0-1 2-4")]
    [InlineData("[]a]+", "]a", "0-2")]
    [InlineData(@"[\w-]+", "a-b", "0-3")]
    [InlineData(@"[^\S\n]+", " \n ", "0-1 2-3")]
    [InlineData(@"\p{Lu}\p{^Lu}", "Aa", "0-2")]
    [InlineData(@"\P{L}+", "a1𝒳2", "1-2 4-5")]
    [InlineData(@"\x{1F600}|\u0061|\x62|\06", "😀ab", "0-2 2-3 3-4")]
    [InlineData(@"\R", "\r\n\n", "0-2 2-3")]
    [InlineData("(a|ab)(c|bcd)(d*)", "abcd", "0-4")]
    [InlineData("(x*)*y", "xxy", "0-3")]
    [InlineData("(?:a?){3}a{3}", "aaa", "0-3")]
    public void FindAll_ByHand(string pattern, string text, string expected)
    {
        var found = new List<(int Start, int End)>();
        TextPattern.Parse(pattern).FindAll(text, found);

        Assert.Equal(expected, string.Join(' ', found.Select(f => $"{f.Start}-{f.End}")));
    }

    [Theory]
    [InlineData("(a", "a group that is not closed")]
    [InlineData("a)", "a parenthesis at 1 that none opens")]
    [InlineData("*a", "repeats nothing")]
    [InlineData("[a", "a class that is not closed")]
    [InlineData("[b-a]", "from the greater to the smaller")]
    [InlineData(@"(a)\1", @"'\1', which is not supported here")]
    [InlineData(@"\p{Klingon}", "the property 'Klingon'")]
    [InlineData("(?<=a+)b", "looks back over a number of characters that is not fixed")]
    [InlineData("(?~a)", "'(?~'")]
    [InlineData("a{200000}", "more than 100000 times")]
    [InlineData("((ab){1000}){1000}", "repeats long parts too often")]
    [InlineData(@"a\", "ends in a backslash")]
    public void Parse_WhatIsNoPattern_IsNamed(string pattern, string expected)
        => Assert.Contains(expected, Assert.Throws<PatternException>(() => TextPattern.Parse(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_DeepNesting_IsNamed()
        => Assert.Contains("more than 64 deep", Assert.Throws<PatternException>(() => TextPattern.Parse(new string('(', 500) + new string(')', 500))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(a+)+b")]
    [InlineData("(a|a)*b")]
    [InlineData("(?:a?){25}a{25}b")]
    public void FindAll_PatternWithoutEnd_StopsWithAFault(string pattern)
    {
        var hostile = TextPattern.Parse(pattern);

        Assert.Contains("steps on a text of 2,000 characters", Assert.Throws<ModelException>(() => hostile.FindAll(new string('a', 2000), [])).Message, StringComparison.Ordinal);
    }

    // The patterns of published tokenizers go through any text in few steps for each character.
    [Theory]
    [InlineData(' ')]
    [InlineData('a')]
    [InlineData('A')]
    [InlineData('7')]
    [InlineData('中')]
    [InlineData('!')]
    [InlineData('\u0301')]
    public void FindAll_MegabytesOfOneCharacter_AreFound(char character)
    {
        string text = new(character, 300_000);
        foreach (string pattern in new[] { @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+", @"[!-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+|\p{N}" })
        {
            var found = new List<(int Start, int End)>();
            TextPattern.Parse(pattern).FindAll(text, found);

            Assert.Equal(text.Length, found.Sum(f => f.End - f.Start));
        }
    }
}

using System.Text;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests;

/// <summary>Every character between two letters, through each splitter, normalizer and class of a pattern by itself: as Hugging Face's own code has it.</summary>
public sealed class EveryCharacterTests
{
    // Letters of Unicode 16 and 17: which of them have a lower case depends on the Rust compiler.
    private static readonly (int First, int Last)[] _newLetters = [(0x1C89, 0x1C89), (0xA7CB, 0xA7DC), (0x10D50, 0x10D65), (0x16EA0, 0x16EB8)];

    [Theory(Skip = "Tokenizers.DotNet's library is referenced for Linux on x64 only.", SkipWhen = nameof(HuggingFaceTests.HasNoLibrary), SkipType = typeof(HuggingFaceTests))]
    [InlineData("""{"type":"Punctuation","behavior":"Removed"}""")]
    [InlineData("""{"type":"WhitespaceSplit"}""")]
    [InlineData("""{"type":"Whitespace"}""")]
    [InlineData("""{"type":"Digits","individual_digits":true}""")]
    public void Splitter_EqualsHuggingFace(string splitter) => Compare(splitter, "null");

    [Theory(Skip = "Tokenizers.DotNet's library is referenced for Linux on x64 only.", SkipWhen = nameof(HuggingFaceTests.HasNoLibrary), SkipType = typeof(HuggingFaceTests))]
    [InlineData("""{"type":"StripAccents"}""")]
    [InlineData("""{"type":"Lowercase"}""")]
    [InlineData("""{"type":"Nmt"}""")]
    [InlineData("""{"type":"NFC"}""")]
    [InlineData("""{"type":"NFKD"}""")]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":false,"strip_accents":false,"lowercase":false}""")]
    [InlineData("""{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,"strip_accents":true,"lowercase":false}""")]
    [InlineData("""{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":true,"strip_accents":false,"lowercase":false}""")]
    public void Normalizer_EqualsHuggingFace(string normalizer) => Compare("null", normalizer);

    [Theory(Skip = "Tokenizers.DotNet's library is referenced for Linux on x64 only.", SkipWhen = nameof(HuggingFaceTests.HasNoLibrary), SkipType = typeof(HuggingFaceTests))]
    [InlineData(@"\s")]
    [InlineData(@"\w")]
    [InlineData(@"\d")]
    [InlineData(@"\p{L}")]
    [InlineData(@"\p{N}")]
    [InlineData(@"\p{M}")]
    [InlineData(@"\p{P}")]
    [InlineData(@"\p{S}")]
    [InlineData(@"\p{Lu}")]
    [InlineData(@"\p{Ll}")]
    [InlineData(@"\p{Lm}")]
    [InlineData(@"\p{Lo}")]
    [InlineData(@"\p{Cf}")]
    [InlineData(@"\p{Han}")]
    [InlineData(@"\p{Hiragana}")]
    [InlineData(@"\p{Katakana}")]
    [InlineData(@"[[:alpha:]]")]
    [InlineData(@"[[:punct:]]")]
    [InlineData(@"(?i:s)")]
    [InlineData(@"(?i:k)")]
    public void Pattern_EqualsOniguruma(string pattern)
        => Compare($$"""{"type":"Split","pattern":{"Regex":"{{pattern.Replace(@"\", @"\\", StringComparison.Ordinal)}}"},"behavior":"Removed","invert":false}""", "null");

    private static void Compare(string splitter, string normalizer)
    {
        using var folder = new ScratchFolder();
        string vocabulary = string.Join(',', Enumerable.Range(0, 256).Select(b => $"\"{TokenBytes.Name(b)}\":{b + 1}"));
        folder.Write("tokenizer.json", Encoding.UTF8.GetBytes($$"""
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{{normalizer}},"pre_tokenizer":{{splitter}},"post_processor":null,"decoder":null,
            "model":{"type":"BPE","dropout":null,"unk_token":"<u>","continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":true,"vocab":{"<u>":0,{{vocabulary}} },"merges":[]} }
            """));
        var own = TokenizerFolder.Load(folder.Path);
        using var theirs = new global::Tokenizers.DotNet.Tokenizer(folder.At("tokenizer.json"));
        var different = new List<string>();
        foreach (int code in Codes().Where(c => !(normalizer.Contains("Lowercase", StringComparison.Ordinal) && _newLetters.Any(r => c >= r.First && c <= r.Last))))
        {
            string text = "a" + char.ConvertFromUtf32(code) + "a";
            if (!theirs.Encode(text).Select(i => (int)i).SequenceEqual(own.Encode(text).Ids))
            {
                different.Add($"{code:X}");
            }
        }

        Assert.True(different.Count == 0, $"{different.Count} differ: {string.Join(' ', different.Take(200))}");
    }

    // All planes that hold anything; of the ideographs' one in 16.
    private static IEnumerable<int> Codes()
        => Enumerable.Range(1, 0x1FFFF).Concat(Enumerable.Range(0x2000, 0x1400).Select(c => 16 * c)).Concat(Enumerable.Range(0xE0000, 0x200)).Where(c => c is not ((>= 0xD800 and < 0xE000) or (>= 0xAC10 and < 0xD700) or (>= 0x4E10 and < 0x9FF0) or 0x11938));
}

using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests;

/// <summary>Every tokenizer.json of the repository against Hugging Face's own Rust code, on texts that nobody chose.</summary>
public sealed class HuggingFaceTests
{
    private static readonly string[] _fragments =
    [
        " ", "  ", "   ", "        ", "\n", "\r\n", "\n\n\n", "\t", "\t\t", "\u00A0", "\u3000", "\u2009", "\u200B", "\u0085",
        "the", " the", "The", " unbelievable", "don't", "WE'LL", "he'd", "they've", "I'm", "we're", "it's", "I’ve", "x_1", "camelCase", "0", "12", "345", "1,234.5", "1e-9",
        "def f(x):\n    return x ** 2\n", "if (a[i] != b) { a++; }", "<div class=\"x\">&amp;</div>", "SELECT * FROM t;", "//", "/* */", "=>", "...", "!!!", "?!", "—", "…", "«", "”",
        "é", "e\u0301", "ﬁ", "Å", "ÄÖÜß", "İ", "Ω", "жизнь", "日本語", "中文", "한국어", "ᄒ\u1161ᆫ", "ไทย", "עברית", "عَرَبِيّ", "हिन्दी", "\u0300", "\uFEFF", "\uFFFD", "\u0001", "\u007F",
        "😀", "👩‍👩‍👧", "🏳️‍🌈", "🇩🇪", "👍🏽", "𝒳", "𐍈", "\U0010FFFD", "▁", "▁▁", "Ġ", "Ċ", "<0x0A>", "<s>", "</s>", "<unk>", "<|endoftext|>", "<|padding|>", "<|endoftext", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];

    // Any character but NUL, at which a C string ends, and halves of pairs, which are no text.
    private static readonly Gen<string> _character = Gen.Frequency(
        (4, Gen.Int[1, 0x7F]), (3, Gen.Int[0x80, 0x2FF]), (3, Gen.Int[0x300, 0xD7FF]), (1, Gen.Int[0xE000, 0xFFFF]), (2, Gen.Int[0x10000, 0x1FFFF]), (1, Gen.Int[0x20000, 0x10FFFF]))
        .Select(c => new Rune(c).ToString());

    private static readonly Gen<string> _text = Gen.Frequency((3, Gen.Int[0, _fragments.Length - 1].Select(i => _fragments[i])), (2, _character)).Array[0, 25].Select(string.Concat);

    // The package that holds the library is referenced for this platform only.
    public static bool HasNoLibrary => !OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64;

    public static TheoryData<string> Folders
    {
        get
        {
            string[] roots = [Path.Combine(GoldenFile.Repository, "assets", "models"), Path.Combine(GoldenFile.Repository, "tests", "Goldens")];
            return [.. roots.SelectMany(r => Directory.GetFiles(r, "tokenizer.json", SearchOption.AllDirectories)).Select(f => Path.GetRelativePath(GoldenFile.Repository, Path.GetDirectoryName(f)!)).Order(StringComparer.Ordinal)];
        }
    }

    [Theory(Skip = "Tokenizers.DotNet's library is referenced for Linux on x64 only.", SkipWhen = nameof(HasNoLibrary))]
    [MemberData(nameof(Folders))]
    public void Encode_RandomTexts_GivesHuggingFacesIds(string folder)
    {
        folder = Path.Combine(GoldenFile.Repository, folder);
        var own = TokenizerFolder.Load(folder);
        using var theirs = new global::Tokenizers.DotNet.Tokenizer(Path.Combine(folder, "tokenizer.json"));
        int[] beginning = own.AddsBeginningOfText ? [own.BeginningOfTextId!.Value] : [];

        _text.Sample(text =>
        {
            var tokens = own.Encode(text);

            Assert.Equal(theirs.Encode(text).Select(id => (int)id), [.. beginning, .. tokens.Ids]);
            EndsCheck.Holds(text, tokens);
        }, iter: 1500, threads: 1);
    }

    // Added tokens that somebody took out or put in another order: the library numbers them in their order.
    [Theory(Skip = "Tokenizers.DotNet's library is referenced for Linux on x64 only.", SkipWhen = nameof(HasNoLibrary))]
    [InlineData(60_000, 60_001)]
    [InlineData(2_049, 2_048)]
    [InlineData(2_048, 2_049)]
    public void Encode_AddedTokensOfOtherNumbers_GetHuggingFaces(int first, int second)
    {
        using var folder = new ScratchFolder();
        string model = ModelCopy.Make(DemoModels.Path("security"), folder.At("model"));
        string file = Path.Combine(model, "tokenizer.json");
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        foreach (var (content, id) in new[] { ("<one>", first), ("<two>", second) })
        {
            json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = id, ["content"] = content, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = false });
        }

        File.WriteAllText(file, json.ToJsonString());
        using var theirs = new global::Tokenizers.DotNet.Tokenizer(file);

        Assert.Equal(theirs.Encode("a<two>b<one>c").Select(id => (int)id), TokenizerFolder.Load(model).Encode("a<two>b<one>c").Ids);
    }

    [Fact]
    public void Folders_AreFound() => Assert.True(Folders.Count >= 6);
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests;

/// <summary>Tokenizers that nobody published: random models, normalizers, splitters, decoders and added tokens, in any composition, against Hugging Face's own Rust code.</summary>
public sealed class CompositionTests
{
    private const int Tokenizers = 100;
    private const int Texts = 40;

    [Theory(Skip = "Tokenizers.DotNet's library is referenced for Linux on x64 only.", SkipWhen = nameof(HuggingFaceTests.HasNoLibrary), SkipType = typeof(HuggingFaceTests))]
    [InlineData("BPE")]
    [InlineData("Unigram")]
    [InlineData("WordPiece")]
    [InlineData("WordLevel")]
    public void AnyComposition_GivesHuggingFacesIdsAndText(string model)
    {
        int seeds = int.Parse(Environment.GetEnvironmentVariable("FUSESHARP_TEST_SEEDS") ?? Tokenizers.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

        string[] differences = [.. Enumerable.Range(0, seeds).Select(seed => Difference(model, seed)).OfType<string>()];

        Assert.True(differences.Length == 0, $"{differences.Length} of {seeds} differ:\n{string.Join("\n\n", differences.Take(12))}");
    }

    // The first difference of a tokenizer, or null.
    private static string? Difference(string model, int seed)
    {
        using var folder = new ScratchFolder();
        var random = new CompositionWriter(model, seed);
        string json = random.Tokenizer().ToJsonString();
        folder.Write("tokenizer.json", Encoding.UTF8.GetBytes(json));
        var own = TokenizerFolder.Load(folder.Path);
        using var theirs = new global::Tokenizers.DotNet.Tokenizer(folder.At("tokenizer.json"));
        for (int i = 0; i < Texts; i++)
        {
            string text = random.Text();
            int[] expected = [.. theirs.Encode(text).Select(id => (int)id)];
            var tokens = own.Encode(text);
            EndsCheck.Holds(text, tokens);
            if (!expected.SequenceEqual(tokens.Ids))
            {
                return $"seed {seed}, {Settings(json)}\n{JsonSerializer.Serialize(text)}: expected {Shown(own, expected)}, got {Shown(own, tokens.Ids)}";
            }

            string decoded = expected.Length == 0 ? "" : theirs.Decode([.. expected.Select(id => (uint)id)]);
            if (decoded != own.Decode(expected))
            {
                return $"seed {seed}, {Settings(json)}\n{Shown(own, expected)}: expected {JsonSerializer.Serialize(decoded)}, got {JsonSerializer.Serialize(own.Decode(expected))}";
            }
        }

        return null;
    }

    private static string Shown(ITokenizer tokenizer, IEnumerable<int> ids) => string.Join(' ', ids.Select(id => $"{id}:{tokenizer.Vocabulary[id]}"));

    private static string Settings(string json)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        root["model"]!.AsObject().Remove("vocab");
        root["model"]!.AsObject().Remove("merges");
        return System.Text.RegularExpressions.Regex.Replace(root.ToJsonString(), "[A-Za-z0-9/+]{100,}=*", "…");
    }
}

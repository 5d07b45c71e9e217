using System.Text;
using FuseSharp.Json;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Training;

namespace FuseSharp.Tokenizers.Tests.Json;

public sealed class PythonNumbersTests
{
    [Theory]
    [InlineData("""{"a":NaN}""", """{"a":?NaN?}""")]
    [InlineData("""[-Infinity,Infinity, NaN]""", """[?-Infinity?,?Infinity?, ?NaN?]""")]
    [InlineData("""{"NaN":"Infinity \" NaN \\","b":NaN}""", """{"NaN":"Infinity \" NaN \\","b":?NaN?}""")]
    [InlineData("""{"a":"NaN","b":-1}""", null)]
    [InlineData("\"cut \\", null)]
    [InlineData("N", null)]
    [InlineData("", null)]
    public void Replace_BareOnesOnly(string json, string? expected)
        => Assert.Equal(expected, PythonNumbers.Replace(Encoding.UTF8.GetBytes(json), name => Encoding.UTF8.GetBytes($"?{name}?")) is { } bytes ? Encoding.UTF8.GetString(bytes) : null);

    [Fact]
    public void Files_AreReadWithThem_Alike()
    {
        byte[] json = Encoding.UTF8.GetBytes("\uFEFF{\"x\": NaN, \"y\": [-Infinity], \"z\": \"Infinity\"}");

        var file = JsonFile.Parse(json);
        var row = JsonRows.Parse(json.AsMemory(3));

        Assert.Equal(("NaN", "-Infinity", "Infinity"), (file["x"]!.GetValue<string>(), file["y"]![0]!.GetValue<string>(), file["z"]!.GetValue<string>()));
        Assert.Equal("a number that is not finite", JsonRows.TextOf(JsonRows.Field(JsonRows.Field(row, "x")!.Value, JsonRows.Unreadable)!.Value));
        Assert.Equal("Infinity", JsonRows.Field(row, "z")!.Value.GetString());
    }

    [Fact]
    public void TokenizersConfiguration_WithInfinity_IsRead()
    {
        using var folder = new ScratchFolder();
        TokenizerFolder.Save(TokenizerTrainer.Train(["ab"], new TokenizerTrainOptions { Family = TokenizerFamily.ByteLevel, VocabularySize = 257 }), folder.Path);
        File.WriteAllText(folder.At("tokenizer_config.json"), """{"model_max_length": Infinity, "eos_token": "<|endoftext|>"}""");

        Assert.NotNull(TokenizerFolder.Load(folder.Path).EndOfTextId);
    }
}

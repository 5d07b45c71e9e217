using FuseSharp.Errors;
using FuseSharp.Fusion.Map;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Tests.Align;
using FuseSharp.Testing;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Tests.Map;

public sealed class VocabularyMapFileTests
{
    private static readonly SpelledTokenizer _target = new("▁the", "the", "▁believ");
    private static readonly SpelledTokenizer _source = new("Ġthe", "the", "Ġunbeliev") { Family = TokenizerFamily.ByteLevel };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_WhatWasWritten_IsTheSame(bool asReference)
    {
        using var folder = new ScratchFolder();
        var map = new VocabularyMapper(_target, _source).Map(1);
        VocabularyMapFile.Write(folder.At("map.json"), map, _target, _source, asReference);

        var read = VocabularyMapFile.Read(folder.Path, _target, _source);

        Assert.Equal(map.Targets, read.Targets);
        Assert.Contains("\"▁unbeliev\": \"▁believ\"", File.ReadAllText(folder.At("map.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnotherPairsMap_IsRefusedInOneLine()
    {
        using var folder = new ScratchFolder();
        var map = new VocabularyMapper(_target, _source).Map(1);
        VocabularyMapFile.Write(folder.At("own.json"), map, _target, _source, asReference: false);
        VocabularyMapFile.Write(folder.At("reference.json"), map, _target, _source, asReference: true);
        var other = new SpelledTokenizer("Ġthe", "a") { Family = TokenizerFamily.ByteLevel };
        var poorer = new SpelledTokenizer("▁the", "the");

        string Refusal(string name, ITokenizer target, ITokenizer source)
            => Assert.Throws<ArtifactException>(() => VocabularyMapFile.Read(folder.At(name), target, source)).Message.Replace(folder.Path, "", StringComparison.Ordinal);

        Assert.Equal("'/own.json' was made for a source tokenizer </s>|<pad>|Ġ, this one is </s>|<pad>|Ġ. Run 'map' for this pair of models.", Refusal("own.json", _target, other));
        Assert.Equal("'/reference.json' does not map the source's token 'a' (id 3): it was made for another tokenizer. Run 'map' for this pair of models.", Refusal("reference.json", _target, other));
        Assert.Equal("'/reference.json' maps '▁unbeliev' to '▁believ', which the target's vocabulary lacks: it was made for another tokenizer. Run 'map' for this pair of models.", Refusal("reference.json", poorer, _source));
    }

    [Theory]
    [InlineData("[1, 2]")]
    [InlineData("{\"a\": 1}")]
    [InlineData("{\"map\": {}}")]
    [InlineData("{")]
    public void Read_ADamagedFile_IsRefused(string json)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.At("map.json"), json);

        Assert.Throws<ArtifactException>(() => VocabularyMapFile.Read(folder.At("map.json"), _target, _source));
    }
}

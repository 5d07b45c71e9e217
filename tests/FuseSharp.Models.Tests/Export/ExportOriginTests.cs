using FuseSharp.Models.Export;


namespace FuseSharp.Models.Tests.Export;

/// <summary>Size and origin in GGUF files, as llama.cpp's converter writes them.</summary>
public sealed class ExportOriginTests
{
    [Theory]
    [InlineData(6_738_415_616, "6.7B")]
    [InlineData(13_015_864_320, "13B")]
    [InlineData(134_515_008, "135M")]
    [InlineData(1_250_000, "1.2M")] // exactly in the middle: the even digit
    [InlineData(1_000_000, "1000K")]
    [InlineData(12_500_000_000, "12B")]
    [InlineData(430, "0.43K")]
    public void SizeLabel_CountsParameters(long parameters, string expected)
        => Assert.Equal(expected, ExportOrigin.SizeLabel([("token_embd.weight", [parameters])]));

    [Fact]
    public void SizeLabel_OfExperts_CountsOneOfEach()
        => Assert.Equal("8x7.0B", ExportOrigin.SizeLabel([("token_embd.weight", [1_000_000_000]), ("blk.0.ffn_up_exps.weight", [8, 3000, 1_000_000]), ("blk.0.ffn_down_exps.weight", [8, 1_000_000, 3000])]));

    [Theory]
    [InlineData("mistralai/Mistral-7B-v0.1", "Mistral 7B v0.1", "Mistralai", "v0.1", "https://huggingface.co/mistralai/Mistral-7B-v0.1")]
    [InlineData("meta-llama/Llama-2-7b-hf", "Llama 2 7b Hf", "Meta Llama", null, "https://huggingface.co/meta-llama/Llama-2-7b-hf")]
    [InlineData("org/tiny-3", "Tiny 3", "Org", "3", "https://huggingface.co/org/tiny-3")]
    [InlineData("https://huggingface.co/org/base-chat", "Base Chat", "Org", null, "https://huggingface.co/org/base-chat")]
    [InlineData("https://example.org/m", null, null, null, "https://example.org/m")]
    [InlineData("security", "Security", null, null, null)]
    [InlineData("my own model", "My Own Model", null, null, null)]
    public void BaseModel_IsTakenApart(string id, string? name, string? organization, string? version, string? place)
        => Assert.Equal(new ModelIdParts(name, organization, version, place), ModelIdParts.Parse(id));
}

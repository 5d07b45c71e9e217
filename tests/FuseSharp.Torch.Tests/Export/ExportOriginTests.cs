using FuseSharp.Core.Gguf;
using FuseSharp.Core.Progress;
using FuseSharp.Testing;
using FuseSharp.Torch.Compare;
using FuseSharp.Torch.Export;

namespace FuseSharp.Torch.Tests.Export;

/// <summary>Size, license and origin in GGUF files, as llama.cpp's converter writes them.</summary>
public sealed class ExportOriginTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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
        => Assert.Equal(new ModelIdParts(name, organization, version, place), ModelIdParts.Of(id));

    [Fact]
    public void Export_ModelWithACard_NamesLicenseAndBases_AlsoWhenExportedAgain()
    {
        string model = ModelCopy.Make(DemoModels.Path("data"), _folder.At("model"));
        File.WriteAllText(Path.Combine(model, "README.md"), "---\nlicense: other\nlicense_name: own-terms\nlicense_link: https://example.org/terms\nbase_model:\n- org/first-1b\n- second\n---\n# Model\n");

        foreach (string from in new[] { model, _folder.At("a.gguf") })
        {
            string file = from == model ? _folder.At("a.gguf") : _folder.At("b.gguf");
            new ExportStage(SilentProgress.Instance, CancellationToken.None).Run(from, file, ExportType.F16, "test", ModelCards.MatterOf(from));
            var gguf = GgufFile.Read(file);

            Assert.Equal(("other", "own-terms", "https://example.org/terms"), (gguf.Text("general.license"), gguf.Text("general.license.name"), gguf.Text("general.license.link")));
            Assert.Equal(2, gguf.Number("general.base_model.count"));
            Assert.Equal(("First 1b", "Org", "https://huggingface.co/org/first-1b"), (gguf.Text("general.base_model.0.name"), gguf.Text("general.base_model.0.organization"), gguf.Text("general.base_model.0.repo_url")));
            Assert.Equal(("Second", null), (gguf.Text("general.base_model.1.name"), gguf.Text("general.base_model.1.repo_url")));
            Assert.Matches("^[0-9.]+[KM]$", gguf.Text("general.size_label"));
        }
    }

    [Theory]
    [InlineData("---\nlicense: [mit, apache-2.0]\n---\n", "mit,apache-2.0")]
    [InlineData("---\nlicense: [broken\n---\n", null)]
    [InlineData("no front matter", null)]
    public void Export_OtherCards_SayWhatTheyKnow(string card, string? license)
    {
        string model = ModelCopy.Make(DemoModels.Path("data"), _folder.At("model"));
        File.WriteAllText(Path.Combine(model, "README.md"), card);

        new ExportStage(SilentProgress.Instance, CancellationToken.None).Run(model, _folder.At("a.gguf"), ExportType.F16, "test", ModelCards.MatterOf(model));

        Assert.Equal(license, GgufFile.Read(_folder.At("a.gguf")).Text("general.license"));
        Assert.Equal(0, GgufFile.Read(_folder.At("a.gguf")).Number("general.base_model.count", 0));
    }
}

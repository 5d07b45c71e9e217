using FuseSharp.Models.Export;
using FuseSharp.Pipeline.Cards;
using FuseSharp.Progress;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Pipeline.Tests.Cards;

/// <summary>License and origin in GGUF files, as llama.cpp's converter writes them from a model's card.</summary>
public sealed class ExportedCardTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Export_ModelWithACard_NamesLicenseAndBases_AlsoWhenExportedAgain()
    {
        string model = ModelCopy.Make(DemoModels.Path("data"), _folder.At("model"));
        File.WriteAllText(Path.Combine(model, "README.md"), "---\nlicense: other\nlicense_name: own-terms\nlicense_link: https://example.org/terms\nbase_model:\n- org/first-1b\n- second\n---\n# Model\n");

        foreach (string from in new[] { model, _folder.At("a.gguf") })
        {
            string file = from == model ? _folder.At("a.gguf") : _folder.At("b.gguf");
            new ExportStage(SilentProgress.Instance, CancellationToken.None).Run(from, file, ExportType.F16, "test", CardReader.MatterOf(from));
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

        new ExportStage(SilentProgress.Instance, CancellationToken.None).Run(model, _folder.At("a.gguf"), ExportType.F16, "test", CardReader.MatterOf(model));

        Assert.Equal(license, GgufFile.Read(_folder.At("a.gguf")).Text("general.license"));
        Assert.Equal(0, GgufFile.Read(_folder.At("a.gguf")).Number("general.base_model.count", 0));
    }
}

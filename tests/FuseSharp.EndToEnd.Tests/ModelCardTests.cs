using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Models that are made here say what they are, under which license, and how good; and what others wrote is left alone.</summary>
public sealed class ModelCardTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    [Fact]
    public async Task Run_FusedModel_HasACardWithItsResultsAndNoPlaces()
    {
        string[] run = ["run", TinyFusion.Write(_folder), .. TinyFusion.Settings, "--set", "train.batch_size=16"];
        await CommandRun.SucceedAsync(run);
        string file = _folder.At("run/06-train/fused-seed42/README.md");

        string card = File.ReadAllText(file);

        Assert.StartsWith("---\nbase_model:\n- \"security\"\n- \"data\"\n- \"web\"\ntags:\n- \"fusesharp\"\nlibrary_name: transformers\n", card, StringComparison.Ordinal); // licenses unknown
        Assert.Contains("| fused | ", card, StringComparison.Ordinal);
        Assert.Matches("Fusion (helped|did not help|made no clear difference)", card);
        Assert.Contains("  max_length: 128", card, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, card, StringComparison.Ordinal);
        Assert.DoesNotContain(GoldenFile.Repository, card, StringComparison.Ordinal);
        Assert.StartsWith("---\nbase_model:\n- \"security\"\n", File.ReadAllText(_folder.At("run/06-train/clm-seed42/README.md")), StringComparison.Ordinal);

        File.WriteAllText(file, "My own words.");
        string again = await CommandRun.ProgressOfAsync(run);
        Assert.False(ErrorText.TellsOfWork(again), again); // a card decides nothing
        Assert.Equal("My own words.", File.ReadAllText(file));
        var (code, _, errors) = await CommandRun.HereAsync([.. run, "--set", "train.epochs=2"]);
        Assert.Equal(2, code);
        Assert.Contains("README.md", errors, StringComparison.Ordinal); // not thrown away with the model
    }

    [Fact]
    public async Task Pretrain_Model_HasACard()
    {
        using var tiny = new TinyPretraining();
        await CommandRun.SucceedAsync(tiny.Command("made", "--set", "train.epochs=1"));

        string card = File.ReadAllText(tiny.At("made/README.md"));

        Assert.StartsWith("---\ntags:\n- \"fusesharp\"\nlibrary_name: transformers\n", card, StringComparison.Ordinal);
        Assert.Contains("# made\n\nTrained from random weights with FuseSharp", card, StringComparison.Ordinal);
        Assert.Matches(@"[0-9]+ sequences of 64 tokens, 1 epoch, batches of 2, largest learning rate 0\.01, seed [0-9]+\.", card);
        await CommandRun.SucceedAsync("verify", tiny.At("made"));
    }

    [Fact]
    public void Run_TextsOfHuggingFacesCache_AreNamedAsDatasets()
    {
        string recipe = TinyFusion.Write(_folder);
        var read = FuseSharp.Pipeline.Recipes.RecipeReader.Read(recipe, null) with
        {
            Texts = new Dictionary<string, FuseSharp.Storage.Texts.TextEntry>
            {
                ["prose"] = new() { Path = "/home/me/.cache/huggingface/hub/datasets--org--fine-web/snapshots/1a/data" },
                ["squad"] = new() { Path = "texts/squad" },
            },
        };

        string card = FuseSharp.Pipeline.Compare.RunCard.Create(read, "fused", new FuseSharp.Pipeline.Compare.ComparisonTable([], []), "").ToMarkdown();

        Assert.Contains("datasets:\n- \"org/fine-web\"\ntags:", card, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("apache-2.0", "apache-2.0", "license: \"apache-2.0\"\n")]
    [InlineData("apache-2.0", "mit", "license: other\n")]
    [InlineData("apache-2.0", null, "base_model:")]
    public async Task Merge_OfLicensedModels_NamesTheirLicense(string first, string? second, string expected)
    {
        string[] models = [Model("one", first), Model("two", second)];

        await CommandRun.SucceedAsync(["merge", .. models, "--output", _folder.At("merged")]);
        string card = File.ReadAllText(_folder.At("merged/README.md"));

        Assert.StartsWith("---\n" + expected, card, StringComparison.Ordinal);
        Assert.Contains($"| org/one | {first} |", card, StringComparison.Ordinal);
        Assert.Contains($"| org/two | {second ?? "not known"}", card, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ChangedModel_IsFound()
    {
        await CommandRun.SucceedAsync("merge", TinyFusion.Model("web"), TinyFusion.Model("web"), "--output", _folder.At("merged"));
        string whole = await CommandRun.SucceedAsync("verify", _folder.At("merged"));
        string weights = _folder.At("merged/model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^7] ^= 1;
        File.WriteAllBytes(weights, bytes);
        File.AppendAllText(_folder.At("merged/README.md"), "A remark.");
        File.Delete(_folder.At("merged/tokenizer.json"));

        var (code, _, errors) = await CommandRun.HereAsync("verify", _folder.At("merged"));

        Assert.Contains("in order", whole, StringComparison.Ordinal);
        Assert.Equal(2, code);
        string[] faults = ErrorText.WithoutProgress(errors);
        Assert.Equal(2, faults.Length);
        Assert.Contains(faults, f => f.Contains("model.safetensors' was changed", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("tokenizer.json' is missing", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private string Model(string name, string? license)
    {
        string copy = _folder.At(name);
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(TinyFusion.Model("web")))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        string config = Path.Combine(copy, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("{\n", $"{{\n  \"_name_or_path\": \"org/{name}\",\n", StringComparison.Ordinal));
        if (license is not null)
        {
            File.WriteAllText(Path.Combine(copy, "README.md"), $"---\nlanguage: en\nlicense: {license}\n---\n# A model\n");
        }

        return copy;
    }
}

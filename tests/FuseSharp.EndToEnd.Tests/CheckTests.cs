using System.Text.Json.Nodes;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>What would end a run after hours ends its check after seconds, with one line for each fault; and all faults are told at once.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public static TheoryData<string, string[]> ModelErrors => new()
    {
        { "no weights", ["data' holds neither model.safetensors nor pytorch_model.bin"] },
        { "cut short", ["model.safetensors", "truncated or damaged"] },
        { "BertModel", ["config.json", "'BertModel'", "LlamaForCausalLM"] },
        { "T5ForConditionalGeneration", ["config.json", "'T5ForConditionalGeneration'"] },
        { "other shape", ["mlp", "[192, 512]", "[192, 320]"] },
        { "missing shard", ["model-00002-of-00002.safetensors", "Get the missing file"] },
        { "missing tensor", ["lacks the tensor 'model.layers.4."] },
        { "no tokenizer", ["tokenizer"] },
    };

    public static TheoryData<string, string, string> TextErrors => new()
    {
        { "field.jsonl", "{\"content\": \"A text.\"}\n", "in a field 'text'" },
        { "notes.md", "A text.\n", "is not a text file that this program reads" },
        { "empty.jsonl", "", "holds no document" },
        { "empty.txt", "", "empty" },
        { "list.json", "[{\"words\": \"A text.\"}]", "field 'text'" },
        { "bytes.txt", "\u00e9", "not UTF-8" },
        { "broken.jsonl", "{\"text\": \n", "broken.jsonl:1" },
        { "sdk:nope", "", "nope" },
        { "none/", "", "holds no " },
    };

    [Theory]
    [MemberData(nameof(ModelErrors))]
    public async Task Check_Model_NamesTheFault(string fault, string[] expected)
    {
        string model = BrokenModel("data", fault);

        string line = Assert.Single(await ErrorsOf(Recipe(r => r.Replace(TinyFusion.Model("data"), model, StringComparison.Ordinal))));

        Assert.All(expected, e => Assert.Contains(e, line, StringComparison.Ordinal));
        Assert.Contains(model, line, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(TextErrors))]
    public async Task Check_Texts_NamesTheFault(string name, string contents, string expected)
    {
        if (name.EndsWith('/'))
        {
            Directory.CreateDirectory(_folder.At(name));
        }
        else if (!name.Contains(':', StringComparison.Ordinal))
        {
            File.WriteAllText(_folder.At(name), contents, name == "bytes.txt" ? System.Text.Encoding.Latin1 : new System.Text.UTF8Encoding(false));
        }

        string line = Assert.Single(await ErrorsOf(Recipe(r => r.Replace("letters: letters.jsonl", $"letters: {name}", StringComparison.Ordinal))));

        Assert.StartsWith("'texts.letters': ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("qlora")]
    public async Task Check_LoraTargets_NamesTheUnknownAndTheKnownOnes(string mode)
    {
        string line = Assert.Single(await ErrorsOf(Recipe(r => r), "--set", $"train.mode={mode}", "--set", "train.lora.target_modules=[q_projj]"));

        Assert.Contains("no linear layer 'q_projj'", line, StringComparison.Ordinal);
        Assert.Contains("q_proj, k_proj", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_DomainWithoutTestDocuments_Warns()
    {
        File.WriteAllText(_folder.At("one.jsonl"), "{\"text\": \"A single document.\"}\n");

        var (code, output, errors) = await CommandRun.HereAsync("check", Recipe(r => r.Replace("numbers: numbers.jsonl", "numbers: one.jsonl", StringComparison.Ordinal)));

        Assert.Equal(0, code);
        Assert.Contains("Warning: 'numbers' has no document in its test split", errors, StringComparison.Ordinal);
        Assert.Equal("The recipe is in order.", output.TrimEnd());
    }

    [Fact]
    public async Task Check_ManyFaults_NamesAllAtOnceAndRunDoesToo()
    {
        string recipe = Recipe(r => r.Replace(TinyFusion.Model("data"), BrokenModel("data", "cut short"), StringComparison.Ordinal)
            .Replace(TinyFusion.Model("web"), BrokenModel("web", "BertModel"), StringComparison.Ordinal)
            .Replace("letters: letters.jsonl", "letters: letters.jsonl\n  notes: {path: letters.jsonl, field: content}", StringComparison.Ordinal));
        string[] settings =
        [
            "--set", "train.mode=lora", "--set", "train.lora.target_modules=[q_projj]", "--set", "baselines.merges=[ties]", "--set", "split.max_length=1024", "--set", "evaluate.tasks=[boolq]",
            "--set", $"evaluate.data={_folder.Path}",
        ];

        string[] faults = await ErrorsOf(recipe, settings);

        string[] expected = ["asks for ties", "'q_projj'", "truncated or damaged", "'BertModel'", "'texts.notes'", "'split.max_length' is 1024", "of boolq"];
        Assert.All(expected, e => Assert.Contains(faults, f => f.Contains(e, StringComparison.Ordinal)));
        var (code, _, errors) = await CommandRun.HereAsync(["run", recipe, .. settings]);
        Assert.Equal(2, code);
        Assert.Equal(faults, ErrorText.WithoutProgress(errors));
        Assert.False(Directory.Exists(_folder.At("run")));
    }

    [Fact]
    public async Task Check_TruncatedGguf_NamesIt()
    {
        string gguf = _folder.At("data.gguf");
        await CommandRun.SucceedAsync("export", TinyFusion.Model("data"), "--gguf", gguf);
        File.WriteAllBytes(gguf, File.ReadAllBytes(gguf)[..^5000]);

        string line = Assert.Single((await ErrorsOf(Recipe(r => r.Replace(TinyFusion.Model("data"), gguf, StringComparison.Ordinal)))).Distinct());

        Assert.Contains(gguf, line, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static async Task<string[]> ErrorsOf(string recipe, params string[] settings)
    {
        var (code, output, errors) = await CommandRun.HereAsync(["check", recipe, .. settings]);
        Assert.Equal((2, ""), (code, output));
        return errors.TrimEnd().Split('\n');
    }

    private string Recipe(Func<string, string> change)
    {
        string recipe = TinyFusion.Write(_folder);
        File.WriteAllText(recipe, change(File.ReadAllText(recipe)));
        return recipe;
    }

    private string BrokenModel(string name, string fault)
    {
        string copy = _folder.At(name);
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(TinyFusion.Model(name)))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        string weights = Path.Combine(copy, "model.safetensors");
        switch (fault)
        {
            case "no weights":
                File.Delete(weights);
                break;
            case "cut short":
                File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^3000]);
                break;
            case "other shape":
                Change(copy, c => c["intermediate_size"] = 320);
                break;
            case "missing tensor":
                Change(copy, c => c["num_hidden_layers"] = c["num_hidden_layers"]!.GetValue<int>() + 1);
                break;
            case "missing shard":
                File.Move(weights, Path.Combine(copy, "model-00001-of-00002.safetensors"));
                File.WriteAllText(Path.Combine(copy, "model.safetensors.index.json"),
                    """{"weight_map": {"model.embed_tokens.weight": "model-00001-of-00002.safetensors", "model.norm.weight": "model-00002-of-00002.safetensors"}}""");
                break;
            case "no tokenizer":
                Array.ForEach(Directory.GetFiles(copy, "token*"), File.Delete);
                break;
            default:
                Change(copy, c => c["architectures"] = new JsonArray(fault));
                break;
        }

        return copy;
    }

    private static void Change(string model, Action<JsonNode> change)
    {
        string path = Path.Combine(model, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        change(config);
        File.WriteAllText(path, config.ToJsonString());
    }
}

using System.Text;
using System.Text.Json.Nodes;
using FuseSharp.Cli;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>What a user can get wrong ends with one line that names the file, exit code 2, and no stage's folder under its final name.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    [Theory]
    [InlineData("..=x.txt", "128", "'..' is not a name for a domain")]
    [InlineData("=x.txt", "128", "'' is not a name for a domain")]
    [InlineData("../up=x.txt", "128", "'../up' is not a name for a domain")]
    [InlineData("a=x.txt", "63", "'split.max_length' is 63, expected at least 64")]
    public async Task Split_AsARecipeCouldNotSayIt_IsRefused(string texts, string length, string expected)
    {
        var (code, _, errors) = await CommandRun.HereAsync("split", "--models", "m", "--texts", texts, "--set", $"split.max_length={length}", "--output", _folder.At("out"));

        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("out")));
    }

    [Fact]
    public async Task Run_UnknownArchitecture_NamesItAndTheKnownOnes()
    {
        string model = CopyOfModel(config => config["architectures"] = new JsonArray("BertForMaskedLM"));

        await Refused(model, Path.Combine(model, "config.json"), "'BertForMaskedLM'", "LlamaForCausalLM");
    }

    [Fact]
    public async Task Run_TensorOfAnotherShape_NamesItWithBothShapes()
    {
        string model = CopyOfModel(config => config["intermediate_size"] = 256);

        await Refused(model, "mlp", "[192, 512]", "[192, 256]");
    }

    [Fact]
    public async Task Run_TokenizerLargerThanTheEmbedding_SaysBothSizes()
    {
        string model = CopyOfModel(config => config["vocab_size"] = 1000);

        await Refused(model, model, "3072", "1000");
    }

    [Fact]
    public async Task Run_ContextShorterThanTheBlocks_SaysBothLengths()
    {
        string model = CopyOfModel(config => config["max_position_embeddings"] = 100);

        await Refused(model, model, "128", "100");
    }

    [Fact]
    public async Task Run_TruncatedWeights_NamesTheFile()
    {
        string model = CopyOfModel(_ => { });
        string weights = Path.Combine(model, "model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^1000]);

        await Refused(model, weights);
    }

    [Fact]
    public async Task Run_MissingShard_NamesIt()
    {
        string model = CopyOfModel(_ => { });
        File.Delete(Path.Combine(model, "model.safetensors"));
        File.WriteAllText(Path.Combine(model, "model.safetensors.index.json"), """{"metadata":{},"weight_map":{"model.norm.weight":"model-00001-of-00002.safetensors"}}""");

        await Refused(model, "model-00001-of-00002.safetensors");
    }

    [Fact]
    public async Task Run_NotUtf8_NamesTheFileAndTheByte()
    {
        string recipe = TinyFusion.Write(_folder);
        File.WriteAllBytes(_folder.At("letters.jsonl"), [.. Encoding.UTF8.GetBytes("{\"text\": \"caf"), 0xE9, .. Encoding.UTF8.GetBytes("\"}\n")]);

        await RefusedRecipe(recipe, _folder.At("letters.jsonl"), "0xE9");
    }

    [Fact]
    public async Task Run_EmptyText_NamesTheLine()
    {
        string recipe = TinyFusion.Write(_folder);
        File.AppendAllText(_folder.At("letters.jsonl"), "{\"text\": \" \"}\n");

        await RefusedRecipe(recipe, _folder.At("letters.jsonl") + ":41", "empty");
    }

    [Theory]
    [InlineData("evaluate.tasks=[boolqq]", "There is no task 'boolqq'")]
    [InlineData("evaluate.tasks=[boolq]", "holds no split 'validation' of boolq")]
    [InlineData("evaluate.tasks=[own.yaml]", "has no field 'question'")]
    [InlineData("evaluate.chat=true", "has no chat template")]
    [InlineData("evaluate.judge.endpoint=localhost", "'evaluate.judge.endpoint' is 'localhost', expected an address")]
    public async Task Check_BenchmarksThatCannotBeAsked_SaysSoBeforeAnyTraining(string setting, string expected)
    {
        File.WriteAllText(_folder.At("rows.jsonl"), """{"q":"The reader","a":"returns"}""");
        File.WriteAllText(_folder.At("own.yaml"), "name: own\nkind: generate\nscoring: exact\ndata: [rows.jsonl]\nprompt: '{question}'\nanswers: ['{a}']\n");
        File.WriteAllText(_folder.At("right.yaml"), "name: right\nkind: generate\nscoring: exact\ndata: [rows.jsonl]\nprompt: '{q}'\nanswers: ['{a}']\n");
        string recipe = TinyFusion.Write(_folder);

        var (code, errors) = await Run("check", recipe, "--set", $"evaluate.data={_folder.Path}", "--set", "evaluate.tasks=[right.yaml]", "--set", setting);

        Assert.Equal(2, code);
        Assert.Contains(expected, errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SeveralFaults_NamesAllWithPlaceAndNearestKey()
    {
        string recipe = TinyFusion.Write(_folder);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("  learning_rate: 0.001", "  lerning_rate: 0.001\n  epochs: many", StringComparison.Ordinal));

        var (code, errors) = await Run("check", recipe);

        Assert.Equal(2, code);
        Assert.Equal(2, errors.Length);
        Assert.Matches("run.yaml:\\d+:3: 'train.lerning_rate' is an unknown key.* 'train.learning_rate'", errors[0]);
        Assert.Matches("run.yaml:\\d+:\\d+: 'train.epochs' is 'many', expected a whole number", errors[1]);
    }

    [Fact]
    public async Task AnyCommand_UnknownOption_SaysWhereHelpIs()
    {
        var (code, errors) = await Run("run", "recipe.yaml", "--sede", "1");

        Assert.Equal(2, code);
        Assert.Equal(["'--sede' is an unknown option of 'run'. Did you mean '--set'?", "See 'fusesharp run --help'."], errors);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private string CopyOfModel(Action<JsonNode> change)
    {
        string copy = _folder.At("data");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(TinyFusion.Model("data")))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        string path = Path.Combine(copy, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        change(config);
        File.WriteAllText(path, config.ToJsonString());
        return copy;
    }

    private Task Refused(string model, params string[] parts)
    {
        string recipe = TinyFusion.Write(_folder);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace(TinyFusion.Model("data"), model, StringComparison.Ordinal));
        return RefusedRecipe(recipe, parts);
    }

    private async Task RefusedRecipe(string recipe, params string[] parts)
    {
        var (code, errors) = await Run("run", recipe, "--set", "represent.precision=float32");

        string[] faults = [.. errors.Where(e => !e.StartsWith("Warning: ", StringComparison.Ordinal))];
        Assert.Equal(2, code);
        Assert.Contains(faults, f => parts.All(p => f.Contains(p, StringComparison.Ordinal)));
        Assert.InRange(faults.Length, 1, 2); // of one mistake two things may be wrong
        Assert.False(Directory.Exists(_folder.At("run/02-represent/data")));
        Assert.False(Directory.Exists(_folder.At("run/06-train")));
    }

    private static async Task<(int Code, string[] Errors)> Run(params string[] arguments)
    {
        var (output, errors) = (Console.Out, Console.Error);
        using var written = new StringWriter();
        Console.SetOut(TextWriter.Null);
        Console.SetError(written);
        try
        {
            int code = await CommandLine.RunAsync(arguments);
            return (code, ErrorText.WithoutProgress(written.ToString()));
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}

using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A stage's command takes the keys of a recipe, and only those that the stage reads.</summary>
public sealed class StageSettingsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("split", "train.epochs=2", "'train.epochs' is not a key that 'split' reads. It reads split.*, chat.*, store.*.")]
    [InlineData("split", "split.max_lenght=80", "'split.max_lenght' is an unknown key. Did you mean 'split.max_length'?")]
    [InlineData("represent", "represent.top_k=0", "'represent.top_k' is 0, expected 1 to 512.")]
    [InlineData("represent", "represent.rows=projected", "'represent.rows' is projected, but there is no target. Name it by --target.")]
    [InlineData("align", "align.settings=reference", "the reference has no 'alignment: boundary'")]
    [InlineData("align", "align.map=co_occurrence", "'align.map' is not a key that 'align' reads. It reads align.*, store.*, without align.map.")]
    [InlineData("pack", "pack.group_size=many", "'pack.group_size' is 'many', expected a whole number.")]
    [InlineData("train", "train.learning_rate=automatic", "'train.learning_rate' is 'automatic', expected a number such as 0.5 or 1e-5, or auto.")]
    [InlineData("train", "train.fusion.next_token_weight=1", "Write 'train.fusion: none'")]
    [InlineData("train", "train.language_model_weight=0.5", "'train.language_model_weight' is an unknown key.")]
    [InlineData("pretrain", "train.fusion.rule=avg_ce", "'train.fusion.rule' is not a key that 'pretrain' reads.")]
    [InlineData("pretrain", "train.mode=lora", "'train.mode' is not a key that 'pretrain' reads.")]
    public async Task Set_KeyThatDoesNotFit_IsRefusedBeforeAnythingIsRead(string command, string setting, string expected)
    {
        string[] arguments = command switch
        {
            "split" => ["--models", "m", "--texts", "a=t"],
            "represent" => ["--model", "m", "--texts", "t"],
            "align" => ["--target", "m", "--source", "m", "--target-represented", "r", "--source-represented", "r"],
            "pack" => ["--target-represented", "r", "--source-represented", "r", "--aligned", "a"],
            "train" => ["--model", "m", "--packed", "p"],
            _ => ["--config", "c", "--tokenizer", "t", "--texts", "t"],
        };

        var (code, _, errors) = await CommandRun.HereAsync([command, .. arguments, "--set", setting, "--output", _folder.At("out")]);

        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stages_ByTheSameKeysAsARun_MakeTheSameFiles()
    {
        string[] models = ["security", "data", "web"];
        string[] settings = [.. TinyFusion.Settings, "--set", "store.compression=zstd", "--set", "represent.top_k=7", "--set", "pack.group_size=9", "--set", "train.fusion.exclude_teachers=[web]", "--set", "train.epochs=2"];
        await CommandRun.SucceedAsync(["run", TinyFusion.Write(_folder), .. settings]);
        string[] Of(params string[] groups)
            => [.. settings.Where(s => s != "--set" && groups.Any(g => s.StartsWith(g, StringComparison.Ordinal))).SelectMany(s => new[] { "--set", s })];

        string[] texts = ["--texts", $"letters={_folder.At("letters.jsonl")}", $"numbers={_folder.At("numbers.jsonl")}"];
        await CommandRun.SucceedAsync(["split", "--models", .. models.Select(TinyFusion.Model), .. texts, .. Of("split", "store"), "--set", "split.max_length=128", "--output", _folder.At("split")]);
        foreach (string model in models)
        {
            await CommandRun.SucceedAsync(["represent", "--model", TinyFusion.Model(model), "--texts", _folder.At("split"), .. model == models[0] ? Array.Empty<string>() : ["--target", TinyFusion.Model(models[0])], .. Of("represent", "store"), "--output", _folder.At($"r/{model}")]);
        }

        foreach (string source in models[1..])
        {
            await CommandRun.SucceedAsync(["align", "--target", TinyFusion.Model(models[0]), "--source", TinyFusion.Model(source), "--target-represented", _folder.At($"r/{models[0]}"),
                "--source-represented", _folder.At($"r/{source}"), .. Of("align", "store"), "--output", _folder.At($"a/{source}")]);
        }

        await CommandRun.SucceedAsync(["pack", "--target-represented", _folder.At("r/security"), "--source-represented", _folder.At("r/data"), _folder.At("r/web"),
            "--aligned", _folder.At("a/data"), _folder.At("a/web"), .. Of("pack", "store"), "--output", _folder.At("packed")]);
        await CommandRun.SucceedAsync(["train", "--model", TinyFusion.Model("security"), "--packed", _folder.At("packed"), .. Of("train"), "--set", "train.batch_size=4", "--set", "train.learning_rate=0.001",
            "--texts", _folder.At("split"), "--set", "train.evaluate_every=0", "--output", _folder.At("model")]);

        foreach (var (stage, alone) in new[] { ("01-split", "split"), ("02-represent/data", "r/data"), ("04-align/web", "a/web"), ("05-pack", "packed") })
        {
            Assert.Equal(DataStages.Files(_folder.At($"run/{stage}")), DataStages.Files(_folder.At(alone)));
        }

        Assert.Equal(File.ReadAllBytes(_folder.At("run/06-train/fused-seed42/model.safetensors")), File.ReadAllBytes(_folder.At("model/model.safetensors")));
    }
}

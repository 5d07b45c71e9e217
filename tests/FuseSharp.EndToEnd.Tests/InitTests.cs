using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

public sealed class InitTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    [Fact]
    public async Task Init_ThreeModels_WritesARecipeThatPassesCheck()
    {
        TinyFusion.Write(_folder);
        string recipe = _folder.At("recipes/mine.yaml");

        string output = await CommandRun.SucceedAsync(
            "init", "--models", TinyFusion.Model("web"), TinyFusion.Model("data"), TinyFusion.Model("security"),
            "--texts", $"short letters: no. 1={_folder.At("letters.jsonl")}", $"yes={_folder.At("numbers.jsonl")}", "net=sdk:data", "--output", recipe);
        string check = await CommandRun.SucceedAsync("check", recipe);

        Assert.Equal($"Recipe: {recipe}", output.TrimEnd());
        Assert.Equal("The recipe is in order.", check.TrimEnd());
        var read = RecipeReader.Read(recipe);
        Assert.Equal(Path.GetFullPath(TinyFusion.Model("web")), read.Target);
        Assert.Equal(["data", "security"], read.Sources.Select(s => s.Name));
        Assert.Equal(["short letters: no. 1", "yes", "net"], read.Texts.Keys);
        Assert.Equal(_folder.At("recipes/runs/mine"), read.Output);
        Assert.Equal(new TrainOptions(), read.Train with { Fusion = new TrainOptions().Fusion, Lora = new TrainOptions().Lora });
    }

    [Fact]
    public async Task Init_EveryCommentedKey_IsOneWithItsDefault()
    {
        TinyFusion.Write(_folder);
        string recipe = _folder.At("mine.yaml");
        await CommandRun.SucceedAsync("init", "--models", TinyFusion.Model("web"), TinyFusion.Model("data"), "--texts", $"a={_folder.At("letters.jsonl")}", "--output", recipe);

        string uncommented = string.Join('\n', File.ReadAllLines(recipe).Select(l => System.Text.RegularExpressions.Regex.IsMatch(l, "^# (  )?[a-z_]+:( |$)") ? l[2..] : l));
        var all = RecipeReader.Parse(uncommented, "all", _folder.Path, []);

        Assert.Equal("Once upon a time", all.Generate.Prompt);
        Assert.Equal(RecipeWriter.ToYaml(RecipeReader.Read(recipe)), RecipeWriter.ToYaml(all with { Generate = new() }));
    }

    [Fact]
    public async Task Init_FileThatIsThere_IsNotTouched()
    {
        string recipe = _folder.At("mine.yaml");
        File.WriteAllText(recipe, "my own");

        var (code, _, errors) = await CommandRun.HereAsync("init", "--models", TinyFusion.Model("web"), "--texts", "a=b.txt", "--output", recipe);

        Assert.Equal((2, $"'{recipe}' is there already. Name another --output.", "my own"), (code, errors.TrimEnd(), File.ReadAllText(recipe)));
    }

    [Fact]
    public async Task Init_TextsWithoutTheField_SaysSoAndWritesNothing()
    {
        File.WriteAllText(_folder.At("a.jsonl"), "{\"body\": \"A text.\"}\n");
        string[] command = ["init", "--models", TinyFusion.Model("web"), TinyFusion.Model("data"), "--texts", $"a={_folder.At("a.jsonl")}", "--output", _folder.At("mine.yaml")];

        var (code, _, errors) = await CommandRun.HereAsync(command);

        Assert.Equal(2, code);
        Assert.Contains("no text in a field 'text'", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("mine.yaml")));
        await CommandRun.SucceedAsync([.. command, "--field", "body"]);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}

using System.Text.Json;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The commands merge and evaluate --tasks with the demo's models.</summary>
public sealed class MergeAndEvaluateCommandTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    [Theory]
    [InlineData("linear", "--lambda 2 --t 0.5", "linear does not read lambda, t. Leave them out, or choose a --method that does.")]
    [InlineData("slerp", "--t 0.5 --weights 1 2", "slerp does not read weight. Leave it out, or choose a --method that does.")]
    [InlineData("karcher", "--parameter scale=2", "karcher does not read scale. Leave it out, or choose a --method that does.")]
    public async Task Merge_OptionThatTheMethodDoesNotRead_IsRefused(string method, string options, string expected)
    {
        using var folder = new ScratchFolder();

        var (code, _, errors) = await CommandRun.HereAsync(["merge", TinyFusion.Model("security"), TinyFusion.Model("security"), "--method", method, .. options.Split(' '), "--output", folder.At("merged")]);

        Assert.Equal((2, expected), (code, errors.Trim()));
    }

    [Fact]
    public async Task Merge_FileWithAFilterThatFitsNothing_SaysSo()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.At("merge.yaml"), $"merge_method: linear\nparameters: {{ weight: [{{ filter: selfattn, value: 2 }}, {{ value: 1 }}], t: 0.5 }}\nmodels: [{{ model: {TinyFusion.Model("security")} }}]\n");

        var (code, _, errors) = await CommandRun.HereAsync("merge", "--config", folder.At("merge.yaml"), "--output", folder.At("merged"));

        Assert.Equal(0, code);
        Assert.Contains("Warning: the filter 'selfattn' fits no tensor", errors, StringComparison.Ordinal);
        Assert.Contains("Warning: linear does not read t; it changes nothing.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Merge_AModelWithItself_GivesAModelThatAnswersTheSame()
    {
        string model = TinyFusion.Model("data");
        await CommandRun.SucceedAsync("merge", model, model, "--weights", "0.3", "0.7", "--dtype", "float32", "--output", _folder.At("merged"));
        Write("set/test.jsonl", Enumerable.Range(0, 6).Select(i => $$"""{"q":"The reader returns {{i}}","c":["null","a byte array"],"g":{{i % 2}}}"""));
        File.WriteAllText(_folder.At("own.yaml"), "name: own\nkind: choice\ndata: [set]\nprompt: '{q}'\nchoices: ['{c}']\ngold: '{g}'\n");

        string[] arguments = ["--tasks", _folder.At("own.yaml"), "--data", _folder.Path, "--shots", "0", "--precision", "float32", "--samples"];
        var (code, before, errors) = await CommandRun.HereAsync(["evaluate", model, .. arguments, _folder.At("before.json")]);
        Assert.True(code == 0, errors);
        var (_, after, _) = await CommandRun.HereAsync(["evaluate", _folder.At("merged"), .. arguments, _folder.At("after.json")]);

        string line = Assert.Single(before.Split('\n'), l => l.StartsWith("own: ", StringComparison.Ordinal));
        Assert.Contains(line, after, StringComparison.Ordinal);
        Assert.Matches("own: acc 0\\.\\d{4} ± 0\\.\\d{4}, acc_norm 0\\.\\d{4} ± 0\\.\\d{4} \\(6 questions\\)", line);
        using var samples = JsonDocument.Parse(File.ReadAllText(_folder.At("after.json")));
        var sample = samples.RootElement.GetProperty("samples")[5];
        Assert.Equal("The reader returns 5", sample.GetProperty("prompt").GetString());
        Assert.Equal("a byte array", sample.GetProperty("expected")[0].GetString());
        Assert.InRange(sample.GetProperty("choices")[0].GetProperty("log_probability").GetDouble(), -200, -0.01);
    }

    [Fact]
    public async Task Merge_ModelsOfDifferentShapes_EndsWithOneLine()
    {
        string other = Directory.CreateDirectory(_folder.At("other")).FullName;
        foreach (string file in Directory.EnumerateFiles(TinyFusion.Model("data")).Where(f => !f.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        }

        File.Copy(Path.Combine(TinyFusion.Model("security"), "model.safetensors"), Path.Combine(other, "model.safetensors"));
        var (code, _, errors) = await CommandRun.HereAsync("merge", TinyFusion.Model("data"), other, "--output", _folder.At("merged"));

        Assert.Equal(2, code);
        Assert.Contains(other, Assert.Single(errors.TrimEnd().Split('\n'), l => l.Contains("Merge models of one architecture", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("merged")));
    }

    [Theory]
    [InlineData("--method needs", "base_model", "merge", "MODEL", "MODEL", "--method", "ties", "--output", "OUT")]
    [InlineData("weights", "--weights has 1 numbers for 2 models", "merge", "MODEL", "MODEL", "--weights", "1", "--output", "OUT")]
    [InlineData("zero", "sum to 0", "merge", "MODEL", "MODEL", "--weights", "1", "-1", "--output", "OUT")]
    [InlineData("method", "expected", "merge", "MODEL", "--method", "stock", "--output", "OUT")]
    [InlineData("nothing", "Give --texts", "evaluate", "MODEL")]
    [InlineData("data", "Give it with --data", "evaluate", "MODEL", "--tasks", "boolq")]
    [InlineData("name", "There is no task 'boolqq'", "evaluate", "MODEL", "--tasks", "boolqq", "--data", "OUT")]
    [InlineData("files", "holds no split 'validation' of boolq", "evaluate", "MODEL", "--tasks", "boolq", "--data", "OUT")]
    public async Task BadInput_EndsWithExitCode2AndALineThatSaysWhy(string name, string expected, params string[] arguments)
    {
        string[] filled = [.. arguments.Select(a => a switch { "MODEL" => TinyFusion.Model("data"), "OUT" => _folder.At("out"), _ => a })];

        var (code, _, errors) = await CommandRun.HereAsync(filled);

        Assert.True(code == 2, name);
        Assert.Contains(expected, errors, StringComparison.OrdinalIgnoreCase);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private void Write(string file, IEnumerable<string> rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.At(file))!);
        File.WriteAllLines(_folder.At(file), rows);
    }
}

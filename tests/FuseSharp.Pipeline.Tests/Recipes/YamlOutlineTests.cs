using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Testing;

namespace FuseSharp.Pipeline.Tests.Recipes;

public sealed class YamlOutlineTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("? &x [*x]\n: b\n", "r.yaml:1:3 has a key that is not a single text")]
    [InlineData("output: &x {a: *x}\n", "'*x' inside of what it names")]
    [InlineData("sources: [\nmodels/a,\nmodels/b\n]\n", "must be indented")]
    [InlineData("target: [\ntexts:\n", "is not YAML")]
    [InlineData("texts: {{a}}\n", "a key that is not a single text")]
    [InlineData("texts: {[a, b]: x}\n", "a key that is not a single text")]
    [InlineData("texts: {a: x, !y a: z}\n", "'a' twice")]
    [InlineData("output: a\noutput: b\n", "r.yaml:2:1 has the key 'output' twice")]
    [InlineData("output: \"a\\0b\"\ntarget: a\nsources: [b]\ntexts: {a: c}\n", "'output' holds a character that no text has")]
    [InlineData("output: a\ntrain:\n\tepochs: 2\n", "r.yaml:3:1 is not YAML: the line begins with a tab")]
    [InlineData("output: a\ntarget: ''*a\n", "a key that is not a single text")]
    [InlineData("hopeless: 1\n", "'hopeless' is an unknown key. Known here are output")]
    public void Read_OddYaml_IsRefusedAtItsPlace(string yaml, string expected)
    {
        string message = Assert.Throws<UsageException>(() => RecipeReader.Parse(yaml, "r.yaml", _folder.Path, [])).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.All(message.Split('\n'), line => Assert.InRange(line.Length, 1, 400));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Read_DeepNesting_IsRefused(string open)
        => Assert.Throws<UsageException>(() => RecipeReader.Parse("output: x\ntexts: " + string.Concat(Enumerable.Repeat(open, 80_000)), "r.yaml", _folder.Path, []));

    [Fact]
    public void Read_MissingModels_SayWhatToDo()
    {
        Assert.Contains("'~' is not expanded", MissingPath.Remedy("/recipes/~/models/a"), StringComparison.Ordinal);
        Assert.Contains("$HOME are not expanded", MissingPath.Remedy("$HOME/a"), StringComparison.Ordinal);
        Assert.Contains("'hf download meta-llama/Llama-2-7b-hf'", MissingPath.ModelRemedy(_folder.At("meta-llama/Llama-2-7b-hf")), StringComparison.Ordinal);
        Assert.Equal("Correct the path.", MissingPath.ModelRemedy(_folder.At("mine")));
    }

    [Fact]
    public void Merge_OfMergekit_IsReadOrRefusedByName()
    {
        string file = _folder.Write("m.yaml", """
            models:
              - model: {model: {path: a}}
              - model: b
                parameters: {weight: 0.25, int8_mask: false}
            merge_method: linear
            dtype: float16
            out_dtype: float32
            tokenizer_source: base

            """u8.ToArray());
        var options = MergeOptions.Read(file);
        Assert.Equal([_folder.At("a"), _folder.At("b")], options.Models.Select(m => m.Model));
        Assert.Equal("float32", options.Dtype);
        Assert.Equal([0.25], options.Models[1].Parameters.Weight!.Gradient);

        File.AppendAllText(file, "modules: {}\n");
        Assert.Contains("m.yaml:9:1: 'modules' is not supported", Assert.Throws<UsageException>(() => MergeOptions.Read(file)).Message, StringComparison.Ordinal);
        File.WriteAllText(file, "models: [{model: a}]\nmerge_method: linear\ntokenizer_source: union\n");
        Assert.Contains("'tokenizer_source' is 'union'", Assert.Throws<UsageException>(() => MergeOptions.Read(file)).Message, StringComparison.Ordinal);
    }
}

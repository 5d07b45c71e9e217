using FuseSharp.Errors;
using FuseSharp.Fuzz;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Cases.Tests.Reliability;

public sealed class ReaderCases : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Each input that fuzzing found is read, or refused in one line, within the bounds of memory.
    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/addedtok")]
    [Case("reliability/arrow")]
    [Case("reliability/jinja")]
    [Case("reliability/mergeyaml")]
    [Case("reliability/recipe")]
    [Case("reliability/task")]
    [Case("reliability/taskrows")]
    [Case("reliability/tokconf")]
    [Case("reliability/tokjson")]
    [Case("reliability/adapter")]
    [Case("reliability/config")]
    [InlineData("adapter", "adapter_config")]
    [InlineData("adapter", "adapter_base")]
    [InlineData("config", "config")]
    [InlineData("addedtok", "added_tokens.json")]
    [InlineData("arrow", "arrow")]
    [InlineData("arrow", "arrow-rows")]
    [InlineData("jinja", "template")]
    [InlineData("mergeyaml", "merge")]
    [InlineData("recipe", "recipe")]
    [InlineData("task", "task")]
    [InlineData("taskrows", "task-rows")]
    [InlineData("tokconf", "tokenizer_config.json")]
    [InlineData("tokjson", "tokenizer.json")]
    public void Inputs_AreReadOrRefused(string folder, string target)
    {
        string[] files = [.. Directory.GetFiles(CaseFolder.At("reliability/" + folder)).Where(f => Path.GetExtension(f) is ".bin" or ".min").Order(StringComparer.Ordinal)];
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Null(FuzzRun.Try(FuzzTargets.Named(target), File.ReadAllBytes(file))));
    }

    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/arrow-min")]
    [InlineData("crash.arrow")]
    [InlineData("leak.arrow")]
    [InlineData("neg.arrow")]
    public async Task ArrowThatPointsOutside_IsRefused(string name)
    {
        string file = CaseFolder.At("reliability/arrow-min", name);
        Assert.Contains("cannot be read as Arrow", Assert.Throws<ArtifactException>(() => TextFiles.Read(file).ToList()).Message, StringComparison.Ordinal);
        Assert.Throws<ArtifactException>(() => ArrowTexts.Rows(file).ToList());

        var (code, _, errors) = await CommandRun.HereAsync("split", "--models", DemoModels.Path("security"), "--texts", $"a={file}", "--set", "store.skip_bad_documents=true", "--output", _folder.At("out"));
        Assert.Equal(2, code);
        Assert.Contains("names places outside of its data", errors, StringComparison.Ordinal);
    }

    public static TheoryData<string> Holding => [.. FuzzTargets.All.Where(t => t.Holds).Select(t => t.Name)];

    // The same inputs every time: how long they take is not looked at, what they take of memory is.
    [Theory]
    [MemberData(nameof(Holding))]
    public void ChangedInputs_AreReadOrRefused(string target)
        => Assert.All(FuzzRun.All(FuzzTargets.Named(target), seed: 20).Take(150), tried => Assert.Null(tried.Error));
}

using FuseSharp.Errors;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.Pipeline.Tests.Artifacts;

public sealed class OutputGuardTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly List<string> _said = [];

    [Theory]
    [InlineData("~")]
    [InlineData("~/models/mine")]
    [InlineData("/tmp/~/mine")]
    public void AHomeThatNobodyExpanded_IsRefused(string folder)
        => Assert.Contains("'~', which is not expanded", Assert.Throws<ArtifactException>(() => OutputGuard.CheckFolder(folder, "train")).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Make_AbsentOrEmptyFolder_IsFilled()
    {
        Make(_folder.At("absent/deep"));
        Directory.CreateDirectory(_folder.At("empty"));
        Make(_folder.At("empty/"));

        Assert.Equal("1", File.ReadAllText(_folder.At("absent/deep/result.txt")));
        Assert.Equal("1", File.ReadAllText(_folder.At("empty/result.txt")));
        Assert.Empty(_said);
    }

    [Theory]
    [InlineData("thesis.txt")]
    [InlineData("models/llama/model.safetensors")]
    [InlineData(".hidden")]
    [InlineData("1/2/3/4/5/6/7/8/thesis.txt")]
    [InlineData("part-00000-of-00002/manifest.json")] // several machines' output of another stage
    [InlineData("result.txt")] // no manifest says that it is ours
    public void Make_FilesOfStrangers_AreNamedAndStay(string name)
    {
        Write("out/" + name);

        Assert.Contains($"'{name}'", Refused(_folder.At("out")), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_folder.At("out/" + name)));
        Assert.False(Directory.Exists(_folder.At("out.partial")));
    }

    [Fact]
    public void Make_FinishedOutputOfAnotherKey_IsReplacedAndSaid()
    {
        Make(_folder.At("out"), epochs: 1);
        Make(_folder.At("out"), epochs: 2);

        Assert.Equal("2", File.ReadAllText(_folder.At("out/result.txt")));
        Assert.Contains("again, because test.epochs 1 → 2", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_FinishedOutputWithFilesOfStrangers_IsNotReplaced()
    {
        Make(_folder.At("out"), epochs: 1);
        Write("out/notes/mine.txt");

        Assert.Contains("'notes/mine.txt'", Refused(_folder.At("out"), epochs: 2), StringComparison.Ordinal);
        Assert.Equal("1", File.ReadAllText(_folder.At("out/result.txt")));
        Make(_folder.At("out"), epochs: 1); // nothing to do, nothing lost
        Assert.True(File.Exists(_folder.At("out/notes/mine.txt")));
    }

    [Fact]
    public void Make_FinishedOutputOfAnotherStage_IsNotReplaced()
    {
        Make(_folder.At("out"));

        string refusal = Assert.Throws<ArtifactException>(() => StageDirectory.Make(_folder.At("out"), StageKey.Create("other", 1, new { }), SilentProgress.Instance, _ => [])).Message;
        Assert.Contains("holds the finished output of 'test', not of 'other'", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("in")]
    [InlineData("in/")]
    [InlineData("./in/../in")]
    [InlineData("link")]
    [InlineData("parent")]
    [InlineData(".")]
    public void Make_InputOrWhatHoldsOne_IsRefused(string output)
    {
        Make(_folder.At("parent/in"));
        Directory.CreateSymbolicLink(_folder.At("link"), _folder.At("parent/in"));
        Directory.CreateSymbolicLink(_folder.At("in"), _folder.At("link"));

        string refusal = Refused(_folder.At(output), epochs: 2, input: _folder.At("parent/in"));
        Assert.True(refusal.Contains("input", StringComparison.Ordinal), refusal);
        Assert.Equal("1", File.ReadAllText(_folder.At("parent/in/result.txt")));
    }

    [Fact]
    public void Make_RootHomeAndWorkingDirectory_AreRefused()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string here = Directory.GetCurrentDirectory();
        foreach (string output in new[] { "/", "//", "/tmp/..", home, ".", "./", here, Path.GetDirectoryName(here)!, ".." })
        {
            Refused(output);
        }
    }

    [Fact]
    public void Make_Link_WritesWhereItLeads()
    {
        Directory.CreateDirectory(_folder.At("disk/scratch"));
        Directory.CreateSymbolicLink(_folder.At("out"), _folder.At("disk/scratch"));
        Directory.CreateSymbolicLink(_folder.At("dangling"), _folder.At("disk/new"));

        Make(_folder.At("out"), epochs: 1);
        Make(_folder.At("out"), epochs: 2);
        Make(_folder.At("dangling"));

        Assert.NotNull(new DirectoryInfo(_folder.At("out")).LinkTarget);
        Assert.Equal("2", File.ReadAllText(_folder.At("disk/scratch/result.txt")));
        Assert.Equal("1", File.ReadAllText(_folder.At("disk/new/result.txt")));
        Assert.Equal(["dangling", "disk", "out"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Make_LinkInACircle_IsRefused()
    {
        Directory.CreateSymbolicLink(_folder.At("a"), _folder.At("b"));
        Directory.CreateSymbolicLink(_folder.At("b"), _folder.At("a"));

        Assert.Contains("circle", Refused(_folder.At("a")), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_PartialOfStrangers_IsNotEmptied()
    {
        Write("out.partial/thesis.txt");
        Assert.Contains("out.partial' holds files that fusesharp did not write there ('thesis.txt')", Refused(_folder.At("out")), StringComparison.Ordinal);

        Write("file.partial");
        Assert.Contains("is a file", Refused(_folder.At("file")), StringComparison.Ordinal);
        Write("name");
        Assert.Contains("is a file", Refused(_folder.At("name")), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_folder.At("out.partial/thesis.txt")));
    }

    [Fact]
    public void Make_KilledRun_GoesOnWithTheSameKeyAndBeginsAgainWithAnother()
    {
        void Kill(int epochs) => Assert.Throws<StoppedException>(() => StageDirectory.Make(_folder.At("out"), Key(epochs), SilentProgress.Instance, partial =>
        {
            File.AppendAllText(Path.Combine(partial, "result.txt"), "half ");
            throw new OperationCanceledException();
        }));

        Kill(1);
        Make(_folder.At("out"), epochs: 1, appends: true);
        Assert.Equal("half 1", File.ReadAllText(_folder.At("out/result.txt")));
        Kill(2);
        Make(_folder.At("out"), epochs: 3, appends: true);
        Assert.Equal("3", File.ReadAllText(_folder.At("out/result.txt")));
    }

    [Fact]
    public void Make_FolderWithALinkOfStrangers_IsRefusedAndNamed()
    {
        Write("elsewhere/thesis.txt");
        Directory.CreateDirectory(_folder.At("out"));
        Directory.CreateSymbolicLink(_folder.At("out/papers"), _folder.At("elsewhere"));

        Assert.Contains("('papers')", Refused(_folder.At("out")), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_LinkWhoseTargetGoesUp_LeadsWhereTheSystemLeads()
    {
        // far/sub/../new is far/new, although 'near' stands beside the link.
        Directory.CreateDirectory(_folder.At("far/sub"));
        Directory.CreateSymbolicLink(_folder.At("near"), _folder.At("far/sub"));
        Directory.CreateSymbolicLink(_folder.At("out"), "near/../new");

        Make(_folder.At("out"));

        Assert.Equal("1", File.ReadAllText(_folder.At("far/new/result.txt")));
    }

    [Theory]
    [InlineData("not a key")]
    [InlineData("0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef")]
    public void Make_PartialWithAKeyFileOfStrangers_IsNotEmptied(string contents)
    {
        Write("out.partial/key.txt");
        File.WriteAllText(_folder.At("out.partial/key.txt"), contents);

        Assert.Contains("'key.txt'", Refused(_folder.At("out")), StringComparison.Ordinal);
        Assert.Equal(contents, File.ReadAllText(_folder.At("out.partial/key.txt")));
    }

    [Fact]
    public void Make_LockOfStrangers_IsKept()
    {
        Write("out.partial.lock");

        Assert.Contains("is not a lock of fusesharp", Refused(_folder.At("out")), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_folder.At("out.partial.lock")));
    }

    [Fact]
    public void Make_UpToDate_RemovesTheLockOfAKilledProcess()
    {
        Make(_folder.At("out"));
        File.WriteAllText(_folder.At("out.partial.lock"), "");
        Make(_folder.At("out"));

        Assert.False(File.Exists(_folder.At("out.partial.lock")));
    }

    [Fact]
    public void MakeShards_PartOfAFolderWithFilesOfStrangers_IsRefused()
    {
        Write("out/thesis.txt");
        var output = new StageOutput(_folder.At("out")) { Part = new MachinePart(0, 2) };

        string refusal = Assert.Throws<ArtifactException>(() => ShardedStage.Make(output, Key(1), StageContext.Silent, () => [], _ => { })).Message;
        Assert.Contains("'thesis.txt'", refusal, StringComparison.Ordinal);
        Assert.Equal(["thesis.txt"], Directory.EnumerateFileSystemEntries(_folder.At("out")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void Make_NameThatIsNone_IsRefused(string output) => Refused(output);

    [Fact]
    public void CheckFile_InputsFoldersAndOtherKinds_AreRefused()
    {
        Write("model/model.gguf");
        Write("thesis.txt");
        File.WriteAllText(_folder.At("old.gguf"), "GGUF\u0003");
        Directory.CreateSymbolicLink(_folder.At("link.gguf"), _folder.At("model/model.gguf"));

        Assert.Contains("is an input", Assert.Throws<ArtifactException>(() => OutputGuard.CheckFile(_folder.At("link.gguf"), OutputKind.Gguf, _folder.At("model/model.gguf"))).Message, StringComparison.Ordinal);
        Assert.Contains("belongs to the input", Assert.Throws<ArtifactException>(() => OutputGuard.CheckFile(_folder.At("link.gguf"), OutputKind.Gguf, _folder.At("model"))).Message, StringComparison.Ordinal);
        Assert.Contains("is not a GGUF file", Assert.Throws<ArtifactException>(() => OutputGuard.CheckFile(_folder.At("thesis.txt"), OutputKind.Gguf)).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder.At("Modelfile"), "FROM mine\n");
        Assert.Contains("is not a Modelfile of Ollama that fusesharp wrote", Assert.Throws<ArtifactException>(() => OutputGuard.CheckFile(_folder.At("Modelfile"), OutputKind.Modelfile)).Message, StringComparison.Ordinal);
        Assert.Throws<ArtifactException>(() => OutputGuard.CheckFile(_folder.Path, OutputKind.Gguf));
        Assert.True(OutputGuard.CheckFile(_folder.At("old.gguf"), OutputKind.Gguf));
        Assert.False(OutputGuard.CheckFile(_folder.At("model/new.gguf"), OutputKind.Gguf, _folder.At("model")));
        Assert.False(OutputGuard.CheckFile(_folder.At("new/deep/model.gguf"), OutputKind.Gguf));
        Assert.True(Directory.Exists(_folder.At("new/deep")));
    }

    [Fact]
    public void CheckRun_OwnRunWithNotesOfTheUser_GoesOnAndAnythingElseIsRefused()
    {
        var run = new RunFolder(_folder.At("run"));
        void Check() => OutputGuard.CheckRun(_folder.At("run"), run.Admits);
        Check();

        Write("run/report.md");
        Assert.Contains("'report.md'", Assert.Throws<ArtifactException>(Check).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.At("run/01-split"));
        Check();
        Write("run/notes.txt");
        Assert.Contains("'notes.txt'", Assert.Throws<ArtifactException>(Check).Message, StringComparison.Ordinal);
        RecipeWriter.Write(run.EffectiveRecipe, new Recipe());
        Check();
        Write("run/recipe.yaml"); // the user's own
        Assert.Contains("'recipe.yaml'", Assert.Throws<ArtifactException>(Check).Message, StringComparison.Ordinal);
    }

    private static StageKey Key(int epochs, params string[] inputs) => StageKey.Create("test", 1, new { options = new { epochs } }) with { Paths = inputs };

    private void Make(string output, int epochs = 1, bool appends = false, params string[] inputs)
        => StageDirectory.Make(output, Key(epochs, inputs), new HeardProgress(_said), partial =>
        {
            string file = Path.Combine(partial, "result.txt");
            File.WriteAllText(file, (appends && File.Exists(file) ? File.ReadAllText(file) : "") + epochs);
            return [];
        });

    private string Refused(string output, int epochs = 1, params string[] input) => Assert.Throws<ArtifactException>(() => Make(output, epochs, appends: false, input)).Message;

    private void Write(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.At(name))!);
        File.WriteAllText(_folder.At(name), "mine");
    }
}

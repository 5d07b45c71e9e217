using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Progress;
using FuseSharp.Testing;

namespace FuseSharp.Core.Tests.Artifacts;

public sealed class OutputGuardTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly List<string> _said = [];

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

        string refusal = Assert.Throws<ArtifactException>(() => StageFolder.Make(_folder.At("out"), StageKey.Of("other", 1, new { }), SilentProgress.Instance, _ => [])).Message;
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
        void Kill(int epochs) => Assert.Throws<OperationCanceledException>(() => StageFolder.Make(_folder.At("out"), Key(epochs), SilentProgress.Instance, partial =>
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
    public void CheckFile_InputsAndFolders_AreRefused()
    {
        Write("model.gguf");
        Directory.CreateSymbolicLink(_folder.At("link.gguf"), _folder.At("model.gguf"));

        Assert.Throws<ArtifactException>(() => OutputGuard.CheckFile(_folder.At("link.gguf"), _folder.At("model.gguf")));
        Assert.Throws<ArtifactException>(() => OutputGuard.CheckFile(_folder.Path));
        Assert.True(OutputGuard.CheckFile(_folder.At("model.gguf")));
        Assert.False(OutputGuard.CheckFile(_folder.At("new/deep/model.gguf")));
        Assert.True(Directory.Exists(_folder.At("new/deep")));
    }

    private static StageKey Key(int epochs, params string[] inputs) => StageKey.Of("test", 1, new { options = new { epochs } }) with { Paths = inputs };

    private void Make(string output, int epochs = 1, bool appends = false, params string[] inputs)
        => StageFolder.Make(output, Key(epochs, inputs), new Said(_said), partial =>
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

    private sealed class Said(List<string> lines) : IProgressReporter
    {
        public IProgressTask Start(string name, long total, string unit) => SilentProgress.Instance.Start(name, total, unit);

        public void Say(string line)
        {
            if (!line.EndsWith("up to date", StringComparison.Ordinal))
            {
                lines.Add(line);
            }
        }
    }
}

using System.Text;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Pipeline.Generate;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Generate;

public sealed class GenerateStageTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LanguageModel _model;
    private readonly string _prompts;

    public GenerateStageTests()
    {
        _model = LanguageModel.Load("tiny", _folder.Write("tiny.gguf", TinyGguf.Build()), ScalarType.Float32, CPU);
        _prompts = _folder.Write("prompts.jsonl", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 9).Select(i => $"{{\"prompt\": \"{new string('a', i + 1)}\"}}\n"))));
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Run_KilledInsideALine_GoesOnAndWritesWhatOneRunWrites()
    {
        string whole = Run("whole.jsonl", 1);
        using var source = new CancellationTokenSource();
        var stage = new GenerateStage(_model, Options, null, 4);
        Assert.Throws<StoppedException>(() => stage.Run(_prompts, _folder.At("cut.jsonl"), new StageContext(new StoppingProgress(source, 3), source.Token)));
        Assert.False(File.Exists(_folder.At("cut.jsonl")));
        File.AppendAllText(_folder.At("cut.jsonl.journal"), whole[..10]);

        Assert.Equal(whole, Run("cut.jsonl", 4));

        Assert.False(File.Exists(_folder.At("cut.jsonl.journal")));
        string[] lines = whole.TrimEnd().Split('\n');
        using var last = JsonDocument.Parse(lines[8]);
        Assert.Equal((9, "aaaaaaaaa", 8), (lines.Length, last.RootElement.GetProperty("prompt").GetString(), last.RootElement.GetProperty("index").GetInt32()));
    }

    [Fact]
    public void Run_JournalOfOtherSettings_IsRefused()
    {
        File.WriteAllText(_folder.At("out.jsonl.journal"), "0123\n");

        Assert.Contains("was begun with another model", Assert.Throws<UsageException>(() => Run("out.jsonl", 1)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}", "prompts.jsonl:1 has neither a text 'prompt' nor 'messages'")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}", "is a conversation. Turn on chat")]
    [InlineData("[", "prompts.jsonl:1 is not a prompt")]
    public void Run_BadLine_IsRefusedWithItsPlace(string line, string expected)
    {
        File.WriteAllText(_prompts, line + "\n");

        Assert.Contains(expected, Assert.Throws<UsageException>(() => Run("out.jsonl", 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_PromptBeyondTheContext_IsRefusedBeforeAnythingIsWritten()
    {
        File.WriteAllText(_prompts, $"{{\"prompt\": \"{new string('c', 200)}\"}}\n");

        Assert.Contains("leave no room in the context", Assert.Throws<UsageException>(() => Run("out.jsonl", 1)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("out.jsonl.journal")));
    }

    private static GenerateOptions Options => new() { MaxTokens = 6, Temperature = 1 };

    private string Run(string output, int batchSize)
    {
        new GenerateStage(_model, Options, null, batchSize).Run(_prompts, _folder.At(output), StageContext.Silent);
        return File.ReadAllText(_folder.At(output));
    }

    /// <summary>Cancels after some prompts.</summary>
    private sealed class StoppingProgress(CancellationTokenSource source, int after) : IProgressReporter, IProgressTask
    {
        private long _done;

        public IProgressTask Start(string name, long total, string unit) => this;

        public void Advance(long units, string? health = null)
        {
            _done += units;
            if (_done >= after)
            {
                source.Cancel();
            }
        }

        public void Skip(long units) => Advance(units);

        public void Complete()
        {
        }

        public void Say(string line)
        {
        }

        public void Result(string line)
        {
        }

        public void Dispose()
        {
        }
    }
}

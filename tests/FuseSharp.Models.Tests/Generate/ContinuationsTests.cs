using FuseSharp.Errors;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Scoring;
using FuseSharp.Testing;

namespace FuseSharp.Models.Tests.Generate;

public sealed class ContinuationsTests : IDisposable
{
    private static readonly GenerateOptions _options = new() { MaxTokens = 9, Temperature = 1, TopP = 1, Seed = 7 };

    private readonly ScratchFolder _folder = new();
    private readonly LanguageModel _model;

    public ContinuationsTests() => _model = LanguageModel.Load(_folder.Write("tiny.gguf", TinyGguf.Build(isEndless: true)), Precision.Float32);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Load_PathAlone_NamesTheModelAfterIt()
    {
        using var folder = LanguageModel.Load(DemoModels.Path("web") + Path.DirectorySeparatorChar);

        Assert.Equal("web", folder.Name);
        Assert.Equal("tiny.gguf", _model.Name);
        Assert.Equal("Gets the XmlNode", folder.Tokenizer.Decode(folder.PromptIds("Gets the XmlNode")));
    }

    [Fact]
    public void Load_NoSuchDevice_SaysWhichThereAre()
        => Assert.Contains("cpu, cuda or cuda:N", Assert.Throws<UsageException>(() => LanguageModel.Load(_model.Path, device: "abacus")).Message, StringComparison.Ordinal);

    [Fact]
    public void Generate_Prompt_IsWhatTheGeneratorWrites()
        => Assert.Equal(new TextGenerator(_model, _options with { Prompt = "ab a" }).Generate(CancellationToken.None), _model.Generate("ab a", _options));

    [Fact]
    public async Task GenerateAsync_Pieces_AreTheWholeContinuation()
    {
        var pieces = new List<string>();
        await foreach (string piece in _model.GenerateAsync("ab a", _options))
        {
            pieces.Add(piece);
        }

        Assert.DoesNotContain("", pieces);
        Assert.True(pieces.Count > 1, "The text came in one piece.");
        Assert.Equal(_model.Generate("ab a", _options), string.Concat(pieces));
    }

    [Fact]
    public async Task GenerateAsync_Cancelled_EndsBetweenTwoTokens()
    {
        using var stop = new CancellationTokenSource();
        int pieces = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string piece in _model.GenerateAsync("ab", _options with { MaxTokens = 100_000 }, stop.Token))
            {
                pieces++;
                await stop.CancelAsync();
            }
        });

        Assert.Equal(1, pieces);
    }

    [Fact]
    public async Task GenerateAsync_CallerThatLeaves_EndsIt()
    {
        await foreach (string piece in _model.GenerateAsync("ab", _options with { MaxTokens = 100_000 }))
        {
            Assert.NotEmpty(piece);
            break;
        }

        Assert.NotEmpty(_model.Generate("ab", _options)); // the model is free for others
    }
}

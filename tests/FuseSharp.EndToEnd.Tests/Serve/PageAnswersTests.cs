using FuseSharp.Testing;
using PuppeteerSharp;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>What the page makes of answers as they come, in a real browser: side by side, in pieces, hostile, refused, broken off.</summary>
public sealed class PageAnswersTests : IAsyncLifetime
{
    private readonly ScratchFolder _folder = new();
    private ScriptedServer _server = null!;
    private IBrowser? _browser;
    private IPage _page = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedServer.StartAsync("one", "two");
        if (Chromium.IsMissing)
        {
            return;
        }

        _browser = await Chromium.LaunchAsync(_folder.At("profile"));
        _page = await _browser.NewPageAsync();
        await _page.SetViewportAsync(new ViewPortOptions { Width = 1200, Height = 800 });
        await _page.GoToAsync(_server.Address.ToString());
        await _page.WaitForFunctionAsync("() => document.activeElement?.id === 'text'");
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Answers_WhileTheyAreWritten_StandSideBySide()
    {
        await AskAsync();
        _server.Say("one", "Yes");
        _server.Say("two", "No");
        await UntilAsync("[...document.querySelectorAll('.text[aria-busy=true]')].map(t => t.textContent).join() === 'Yes,No'");

        double[] tops = await _page.EvaluateExpressionAsync<double[]>("[...document.querySelectorAll('article')].map(a => a.getBoundingClientRect().top)");
        Assert.Equal(tops[0], tops[1]);
        _server.Say("two", ", it is not.", "length");
        await UntilAsync("document.querySelectorAll('.text[aria-busy=false]').length === 1");
        _server.Say("one", ".", "stop");
        await DoneAsync();

        Assert.Equal(["Yes.", "No, it is not."], await TextsAsync());
        string[] figures = await FiguresAsync();
        Assert.StartsWith("2 tokens, ", figures[0], StringComparison.Ordinal);
        Assert.StartsWith("2 tokens, cut off at the limit, ", figures[1], StringComparison.Ordinal);
        Assert.All(_server.Asked, a => Assert.True(a.GetProperty("stream").GetBoolean()));
        Assert.Single(_server.Asked.Select(a => a.GetProperty("seed").GetInt64()).Distinct());
    }

    [Fact]
    public async Task Answer_OfMarkupHalvesAndSpecialTokens_IsShownAsItIsWritten()
    {
        const string Hostile = "<img src=x onerror=window.hacked=1>";
        await AskAsync();
        _server.Say("one", "", "<think>"u8.ToArray(), "<think>");
        _server.Say("one", "\uFEFF" + Hostile);
        _server.Say("one", "", [0xF0, 0x9F], "bytes:\\xf0\\x9f");
        _server.Say("one", "🦊", [0xA6, 0x8A], "bytes:\\xa6\\x8a");
        _server.Say("one", "", "</s>"u8.ToArray(), "</s>", "stop");
        _server.Say("two", "a");
        _server.Say("two", "\uFFFD", [0xE2, 0x82], "bytes:\\xe2\\x82", "length"); // cut off inside of a character
        await DoneAsync();

        Assert.Equal("\uFEFF" + Hostile + "🦊", await _page.EvaluateExpressionAsync<string>("[...document.querySelector('.text').querySelectorAll('.token:not(.mark)')].map(t => t.textContent).join('')"));
        Assert.Equal(["<think>", "</s>"], await _page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.mark')].map(t => t.textContent)"));
        Assert.Equal("a\uFFFD", (await TextsAsync())[1]);
        Assert.Equal(2, await _page.EvaluateExpressionAsync<int>("document.querySelectorAll('.text')[1].querySelectorAll('.token').length"));

        await (await _page.QuerySelectorAllAsync(".token"))[1].HoverAsync();
        await UntilAsync("!document.getElementById('card').hidden");
        string card = await _page.EvaluateExpressionAsync<string>("document.getElementById('card').textContent");
        Assert.Contains("U+FEFF<img␣src=x", card, StringComparison.Ordinal);
        Assert.Contains("77.9 %", card, StringComparison.Ordinal); // e^-0.25
        Assert.Contains("<b␣onclick=hack()>U+202E13.5 %", card, StringComparison.Ordinal); // e^-2
        Assert.Equal(0, await _page.EvaluateExpressionAsync<int>("document.querySelectorAll('img, b').length"));
        Assert.Null(await _page.EvaluateExpressionAsync<object?>("window.hacked ?? null"));
    }

    [Fact]
    public async Task Model_ThatRefuses_SaysSoInItsColumnWhileTheOtherAnswers()
    {
        _server.Refusals["one"] = (429, "Too many requests wait. Try again later.");
        await AskAsync();
        await UntilAsync("document.querySelector('.figures').textContent === 'Too many requests wait. Try again later.'");
        _server.Say("two", "Here", "stop");
        await DoneAsync();

        Assert.Equal(["", "Here"], await TextsAsync());
        Assert.Equal(1, await _page.EvaluateExpressionAsync<int>("document.querySelectorAll('.figures.error').length"));
    }

    [Fact]
    public async Task Answers_ThatBreakOff_AreSaidToBeNoWholeOnes()
    {
        await AskAsync();
        _server.Say("one", "Half");
        _server.Send("one", """{"error": {"message": "The model gives NaN."}}""");
        _server.End("one");
        _server.Say("two", "Half");
        _server.End("two");
        await DoneAsync();

        Assert.Equal(["Half", "Half"], await TextsAsync());
        Assert.Equal(["The model gives NaN.", "The answer broke off: the server did not end it."], await FiguresAsync());
    }

    [Theory]
    [InlineData("Escape")]
    [InlineData("Stop")]
    public async Task Stop_LeavesAllAnswers(string how)
    {
        await AskAsync();
        _server.Say("one", "On");
        _server.Say("two", "and");
        await UntilAsync("[...document.querySelectorAll('.text')].map(t => t.textContent).join() === 'On,and'");

        await (how == "Escape" ? _page.Keyboard.PressAsync("Escape") : _page.ClickAsync("#stop"));
        await Task.WhenAll(_server.LeftAsync("one"), _server.LeftAsync("two"));
        await DoneAsync();

        Assert.Equal(["stopped", "stopped"], await FiguresAsync());
        Assert.Equal(["On", "and"], await TextsAsync());
    }

    private async Task AskAsync()
    {
        Assert.SkipWhen(Chromium.IsMissing, Chromium.MissingReason);
        await _page.Keyboard.TypeAsync("Is it so?");
        await _page.Keyboard.PressAsync("Enter");
    }

    private Task<IJSHandle> UntilAsync(string expression) => _page.WaitForFunctionAsync($"() => {expression}");

    private Task<IJSHandle> DoneAsync() => UntilAsync("!document.getElementById('send').hidden && document.querySelectorAll('article').length > 0");

    private Task<string[]> TextsAsync() => _page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.text')].map(t => t.textContent)");

    private Task<string[]> FiguresAsync() => _page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.figures')].map(f => f.textContent)");
}

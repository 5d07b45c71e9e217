using System.Globalization;
using System.Text.Json;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using PuppeteerSharp;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>The server's page in a real browser, by keyboard alone.</summary>
public sealed class ServedPageTests
{
    private const string IsDone = "() => !document.getElementById('send').hidden && document.querySelectorAll('article').length > 0";

    [Theory]
    [InlineData("light", 1200)]
    [InlineData("dark", 1200)]
    [InlineData("light", 400)]
    [InlineData("dark", 400)]
    public async Task Ask_ByKeyboard_ShowsAnswersSideBySideWithWhatElseWasLikely(string scheme, int width)
    {
        Assert.SkipWhen(Chromium.IsMissing, Chromium.MissingReason);
        await using var served = await TwoModels.StartAsync();
        using var folder = new ScratchFolder();
        await using var browser = await Chromium.LaunchAsync(folder.At("profile"));
        await using var page = await browser.NewPageAsync();
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 900 });
        await page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme }]);
        var said = await OpenAsync(page, served.Address);

        await page.EvaluateExpressionAsync("document.getElementById('tokens').value = 12; document.getElementById('seed').value = 7");
        await page.Keyboard.TypeAsync("<img src=x onerror='window.hacked=1'>What is\u00A0a key?");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForFunctionAsync(IsDone);

        Assert.Equal(["security", "web"], await page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('article h2')].map(h => h.textContent)"));
        Assert.Equal(2, await page.EvaluateExpressionAsync<int>("[...document.querySelectorAll('.text')].filter(t => t.querySelectorAll('.token').length > 1 && t.getAttribute('aria-busy') === 'false').length"));
        Assert.Contains("seed 7", await page.EvaluateExpressionAsync<string>("document.querySelector('.turn').textContent"), StringComparison.Ordinal);
        Assert.Null(await page.EvaluateExpressionAsync<object?>("window.hacked ?? null"));
        Assert.InRange(await page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"), 1, width);

        await page.FocusAsync(".token");
        string first = await CardAsync(page);
        await page.Keyboard.PressAsync("ArrowRight");
        string second = await CardAsync(page);
        Assert.Matches(@"\d %", first);
        Assert.NotEqual(first, second);
        Assert.InRange(await page.EvaluateExpressionAsync<int>("document.querySelectorAll('#card tr').length"), 5, 6);
        string least = await page.EvaluateFunctionAsync<string>(Chromium.LeastContrast);
        Assert.True(double.Parse(least[1..least.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture) >= 4.5, least);
        await page.Keyboard.PressAsync("Escape");
        Assert.True(await page.EvaluateExpressionAsync<bool>("document.getElementById('card').hidden"));
        Assert.Empty(said);
    }

    [Fact]
    public async Task Ask_Again_GoesOnFromEachModelsOwnAnswersAndIsTakenAway()
    {
        Assert.SkipWhen(Chromium.IsMissing, Chromium.MissingReason);
        await using var served = await TwoModels.StartAsync();
        using var folder = new ScratchFolder();
        await using var browser = await Chromium.LaunchAsync(folder.At("profile"));
        await using var page = await browser.NewPageAsync();
        var said = await OpenAsync(page, served.Address);
        await page.EvaluateExpressionAsync("document.getElementById('tokens').value = 8; document.getElementById('seed').value = 7; document.getElementById('system').value = 'Be brief.'");

        for (int turn = 1; turn <= 2; turn++)
        {
            await page.Keyboard.TypeAsync("What is a key?");
            await page.Keyboard.PressAsync("Enter");
            await page.WaitForFunctionAsync($"() => document.querySelectorAll('.turn').length === {turn} && !document.getElementById('send').hidden");
        }

        string json = await SavedAsync(page, folder.Path);
        File.WriteAllText(folder.At("conversation.json"), json.Replace("\"weight\": 0,", "", StringComparison.Ordinal)); // answers that are cut are not to be learned
        var read = TextFiles.Read(folder.At("conversation.json"), format: TextFormat.Auto).Select(d => d.Conversation!).ToList();

        Assert.Equal(["system user assistant user assistant", "user assistant", "user assistant"], read.Select(c => string.Join(' ', c.Messages.Select(m => m.Role)))); // the second has no template
        var saved = JsonDocument.Parse(json).RootElement.EnumerateArray().ToList();
        Assert.Equal(["security", "web", "web"], saved.Select(m => m.GetProperty("model").GetString()));
        Assert.All(saved.SelectMany(m => m.GetProperty("messages").EnumerateArray()).Where(m => m.GetProperty("role").GetString() == "assistant"),
            m => Assert.Equal(m.GetProperty("finish").GetString() != "stop", m.TryGetProperty("weight", out _)));
        Assert.All(saved.SelectMany(m => m.GetProperty("settings").EnumerateArray()), o => Assert.Equal((7, "Be brief."), (o.GetProperty("seed").GetInt32(), o.GetProperty("system").GetString())));
        Assert.Empty(said);
    }

    [Fact]
    public async Task Ask_WithASettingThatDoesNotFit_ShowsIt()
    {
        Assert.SkipWhen(Chromium.IsMissing, Chromium.MissingReason);
        await using var served = await TwoModels.StartAsync();
        using var folder = new ScratchFolder();
        await using var browser = await Chromium.LaunchAsync(folder.At("profile"));
        await using var page = await browser.NewPageAsync();
        var said = await OpenAsync(page, served.Address);
        await page.Keyboard.TypeAsync("The");

        foreach (string wrong in new[] { "document.getElementById('temperature').value = 11", "document.getElementById('temperature').value = 0.75; document.getElementById('seed').value = '9007199254740993'", "document.getElementById('seed').value = ''; document.querySelectorAll('#models input').forEach(i => { i.checked = false; })" })
        {
            await page.EvaluateExpressionAsync(wrong + "; document.getElementById('settings').open = false; document.getElementById('ask').requestSubmit()");
            Assert.True(await page.EvaluateExpressionAsync<bool>("document.getElementById('settings').open && document.querySelectorAll('.turn').length === 0 && document.getElementById('text').value === 'The'"), wrong);
        }

        await page.EvaluateExpressionAsync("document.getElementById('tokens').value = 3; document.querySelector('#models input').checked = true; document.getElementById('ask').requestSubmit()");
        await page.WaitForFunctionAsync(IsDone);
        Assert.Equal(["security"], await page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('article h2')].map(h => h.textContent)"));
        Assert.Empty(said);
    }

    [Fact]
    public async Task Page_WithAKey_AsksForItOnce()
    {
        Assert.SkipWhen(Chromium.IsMissing, Chromium.MissingReason);
        await using var served = await TwoModels.StartAsync(o => o with { ApiKey = "secret" });
        using var folder = new ScratchFolder();
        await using var browser = await Chromium.LaunchAsync(folder.At("profile"));
        await using var page = await browser.NewPageAsync();
        await page.GoToAsync(served.Address.ToString());
        await page.WaitForFunctionAsync("() => document.activeElement?.id === 'key'");

        await page.Keyboard.TypeAsync("wrong");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForFunctionAsync("() => document.getElementById('keyerror').textContent === 'This is not the key.'");
        await page.EvaluateExpressionAsync("document.getElementById('key').value = 'ключ'; document.getElementById('keyform').requestSubmit()");
        await page.WaitForFunctionAsync("() => !document.getElementById('keyform').hidden && document.getElementById('keyerror').textContent === 'A key is made of ASCII characters.'");
        await page.EvaluateExpressionAsync("document.getElementById('key').value = ''; document.getElementById('key').focus()");
        await page.Keyboard.TypeAsync("secret");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForFunctionAsync("() => document.activeElement?.id === 'text'");

        Assert.True(await page.EvaluateExpressionAsync<bool>("document.getElementById('keyform').hidden"));
        await page.ReloadAsync();
        await page.WaitForFunctionAsync("() => document.activeElement?.id === 'text'");
        Assert.Equal(2, await page.EvaluateExpressionAsync<int>("document.querySelectorAll('#models input').length"));
    }

    // Opens the page. Returns what a quiet page of one host does not do: errors, and requests elsewhere.
    private static async Task<List<string>> OpenAsync(IPage page, Uri address)
    {
        var said = new List<string>();
        page.Console += (_, e) => said.Add(e.Message.Text);
        page.PageError += (_, e) => said.Add(e.Message);
        page.Request += (_, e) => said.AddRange(e.Request.Url.StartsWith(address.ToString(), StringComparison.Ordinal) || e.Request.Url.StartsWith("data:", StringComparison.Ordinal) ? [] : [e.Request.Url]);
        await page.GoToAsync(address.ToString());
        await page.WaitForFunctionAsync("() => document.activeElement?.id === 'text'");
        return said;
    }

    // What the browser has written to its disk.
    private static async Task<string> SavedAsync(IPage page, string folder)
    {
        var session = await page.CreateCDPSessionAsync();
        var isSaved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        session.MessageReceived += (_, e) =>
        {
            if (e.MessageID == "Browser.downloadProgress" && e.MessageData.GetProperty("state").GetString() == "completed")
            {
                isSaved.TrySetResult();
            }
        };
        await session.SendAsync("Browser.setDownloadBehavior", new { behavior = "allow", downloadPath = folder, eventsEnabled = true });
        await page.ClickAsync("#save");
        await isSaved.Task.WaitAsync(TestContext.Current.CancellationToken);
        return await File.ReadAllTextAsync(System.IO.Path.Combine(folder, "conversation.json"));
    }

    private static Task<string> CardAsync(IPage page) => page.EvaluateExpressionAsync<string>("document.getElementById('card').hidden ? 'hidden' : document.getElementById('card').textContent");
}

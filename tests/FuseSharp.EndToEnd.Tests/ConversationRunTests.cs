using System.Text.Json;
using FuseSharp.Fusion.Records;
using FuseSharp.Models.Configuration;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Conversations from a recipe to its table: three models, three templates.</summary>
public sealed class ConversationRunTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_ThreeTemplates_FusesAnswersAndKeepsTheTargetsTemplate()
    {
        string recipe = Write("");

        string said = await CommandRun.ProgressOfAsync(["run", recipe]);
        var (_, again, _) = await CommandRun.HereAsync(["run", recipe, "--dry-run"]);

        string run = _folder.At("run");
        var represented = Representation("security");
        Assert.Contains("1 turns at the end of conversations have no answer", said, StringComparison.Ordinal);
        Assert.All(represented, r => Assert.All(Enumerable.Range(0, r.Ids.Length), t => Assert.Equal(r.Predicts(t), r.Logits.Indices[t * r.Logits.K] >= 0)));
        Assert.Equal(represented.Select(r => r.EndsExclusive[^1]), Representation("data").Select(r => r.EndsExclusive[^1])); // every template ends answers by a token
        Assert.True(Manifest.Read(Path.Combine(run, "05-pack")).Figures["learned_tokens"] > 100);
        Assert.True(Manifest.Read(Path.Combine(run, "04-align/web")).Figures["covered_positions"] > 50);
        Assert.Equal(ChatTemplate.FromName("chatml", TinyFusion.Model("security")).Source, ChatTemplate.Find(Path.Combine(run, "06-train/fused-seed42"))!.Source);
        Assert.Matches(@"\| ensemble \| \d\.\d{4}", File.ReadAllText(Path.Combine(run, "report.md")));
        Assert.Contains("bits per byte", await CommandRun.SucceedAsync("evaluate", Path.Combine(run, "06-train/fused-seed42"), "--texts", _folder.At("chat.jsonl")), StringComparison.Ordinal);
        Assert.DoesNotContain("again", again, StringComparison.Ordinal);

        List<Representation> Representation(string model) => [.. RepresentationFiles.Read(Path.Combine(run, "02-represent", model))];
    }

    // The beginning-of-text token of a copy becomes the mark that ends a turn.
    [Fact]
    public async Task Run_TemplateWithAMarkOfItsOwn_StopsThereToo()
    {
        string model = ModelCopy.Make(TinyFusion.Model("security"), _folder.At("marked"));
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json" }.Select(f => Path.Combine(model, f)))
        {
            File.WriteAllText(file, File.ReadAllText(file).Replace("\"<s>\"", "\"<|im_end|>\"", StringComparison.Ordinal));
        }

        string recipe = Write("chat: { templates: { marked: chatml } }");
        await CommandRun.SucceedAsync("run", recipe, "--set", $"target={model}", "--set", "sources=[]", "--set", "train.fusion=none");

        string trained = _folder.At("run/06-train/clm-seed42");
        using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(trained, "generation_config.json")));
        int mark = TokenizerFolder.Load(model).Vocabulary.ToList().IndexOf("<|im_end|>");
        Assert.Contains(mark, settings.RootElement.GetProperty("eos_token_id").EnumerateArray().Select(e => e.GetInt32()));
        Assert.Contains("'<|im_end|>'", ChatTemplate.Find(trained)!.Source, StringComparison.Ordinal);
        await CommandRun.SucceedAsync("export", trained, "--gguf", _folder.At("marked.gguf"));
        Assert.Equal(ModelConfig.Read(trained).EndIds.Order(), ModelConfig.Read(_folder.At("marked.gguf")).EndIds.Order());
    }

    [Theory]
    [InlineData("""{"role": "assistant", "content": "", "tool_calls": [{"type": "function"}]}""", "leaves out the calls of tools of message 2")]
    [InlineData("""{"role": "assistant", "content": "It is wrong.", "weight": 0}""", "marks every answer as not to be learned")]
    [InlineData("""{"role": "assistant", "content": "It is half.", "weight": 0.5}""", "has a weight other than 0 and 1")]
    public async Task Check_AnswerThatIsNoneToLearn_IsRefusedInALine(string answer, string why)
    {
        string recipe = Write("");
        File.WriteAllText(_folder.At("chat.jsonl"), $$"""{"messages": [{"role": "user", "content": "What?"}, {{answer}}]}""" + "\n");

        var (code, _, errors) = await CommandRun.HereAsync(["check", recipe]);

        Assert.Equal(2, code);
        Assert.Contains(why, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_MarkedAnswer_IsOnlyRead()
    {
        string recipe = Write("");
        File.WriteAllText(_folder.At("chat.jsonl"), """{"messages": [{"role": "user", "content": "A?"}, {"role": "assistant", "content": "bad", "train": false}, {"role": "user", "content": "B?"}, {"role": "assistant", "content": "good", "weight": 1}]}""" + "\n");

        var (_, output, _) = await CommandRun.HereAsync(["check", recipe]);

        string shown = output.ReplaceLineEndings("").Replace("|", "", StringComparison.Ordinal);
        Assert.Matches("⟦[^⟧]*g[^⟧]*d[^⟧]*⟧", shown);
        Assert.DoesNotMatch("⟦[^⟧]*b[^⟧]*a[^⟧]*d", shown);
    }

    [Fact]
    public async Task Run_ConversationsThatAllAreTooLong_EndsInALine()
    {
        string recipe = Write("");
        File.WriteAllLines(_folder.At("chat.jsonl"), [.. Enumerable.Range(0, 30).Select(i => "{\"messages\": [{\"role\": \"user\", \"content\": \"" + string.Concat(Enumerable.Repeat($"long {i} ", 100)) + "\"}, {\"role\": \"assistant\", \"content\": \"Yes.\"}]}")]);

        var (code, _, errors) = await CommandRun.HereAsync(["run", recipe]);

        Assert.Equal(2, code);
        Assert.Contains("holds no text to learn from: every conversation of the training texts is longer than 128 tokens", errors, StringComparison.Ordinal);
        Assert.Equal(0, Manifest.Read(_folder.At("run/01-split")).Figures["test.chat.documents"] + Manifest.Read(_folder.At("run/01-split")).Figures["train.chat.documents"]);
    }

    [Fact]
    public async Task Check_Conversations_ShowsThemInEveryModelsTokens()
    {
        var (code, output, _) = await CommandRun.HereAsync(["check", Write("")]);

        Assert.Equal(0, code);
        Assert.Contains("chat in security, learned between ⟦ ⟧:", output, StringComparison.Ordinal);
        Assert.Contains("chat in web, learned between ⟦ ⟧:", output, StringComparison.Ordinal);
        Assert.Matches("im_|end.*⟦.*⟧", output);
    }

    [Theory]
    [InlineData("align: { alignment: soft }", "aligned by the bytes of their answers only")]
    [InlineData("chat: { date: yesterday }", "'chat.date' is 'yesterday', expected a day such as 2025-01-31")]
    [InlineData("chat: { templates: { nobody: chatml } }", "'chat.templates' names 'nobody', which is none of the models: security, data, web")]
    [InlineData("chat: { templates: { data: chatml } }", "security has no chat template")]
    public async Task Check_SettingThatDoesNotFit_IsRefusedInALine(string setting, string why)
    {
        var (code, _, errors) = await CommandRun.HereAsync(["check", Write(setting)]);

        Assert.Equal(2, code);
        Assert.Contains(why, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Split_ConversationsThatAreTooLong_LoseTheirOldestTurns()
    {
        File.WriteAllLines(_folder.At("long.jsonl"), [TinyConversations.Row(12), TinyConversations.Row(1)]);
        string said = await CommandRun.ProgressOfAsync(["split", "--models", TinyFusion.Model("security"), TinyFusion.Model("data"), "--texts", "chat=" + _folder.At("long.jsonl"), "--test", "chat=" + _folder.At("long.jsonl"),
            "--set", "split.max_length=128", "--set", "chat.templates.security=chatml", "--set", "chat.templates.data=vicuna", "--output", _folder.At("split")]);

        var pieces = new TextPieceFiles(_folder.At("split"), DataSplit.Train).Read().ToList();
        Assert.Matches("[0-9]+ of the oldest messages of conversations were left out", said);
        Assert.Equal("system", pieces[0].Conversation!.Messages[0].Role);
        Assert.InRange(pieces[0].Conversation!.Messages.Count, 3, 23);
        Assert.Equal("What is 11 and 1?", pieces[0].Conversation!.Messages[^2].Content);
        Assert.Equal(3, pieces[1].Conversation!.Messages.Count);
    }

    private string Write(string setting) => TinyConversations.Write(_folder, setting);
}

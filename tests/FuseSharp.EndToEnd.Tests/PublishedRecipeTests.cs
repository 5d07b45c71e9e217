using System.Text.Json;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The recipes of published runs, on folders with the models' config.json and tokenizer and no weights, as one has them before the download.</summary>
/// <remarks>
/// Configurations are the published ones. Tokenizers: MPT's is the real one (that of GPT-NeoX-20B). Those of Llama 2, OpenLLaMA, OpenChat, SOLAR and Nous-Hermes are not in ../shared: Mistral 7B's stands in their place, SentencePiece of the same kind and
/// size (32,000 pieces), without the tokens that the chat models have added; the templates are Mistral's, and ChatML for Nous-Hermes.
/// </remarks>
public sealed class PublishedRecipeTests : IDisposable
{
    private const string Fuse = "fusellm-7b.yaml";
    private const string Chat = "mistral-solar-mixtral.yaml";

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, int> Recipes => new() { { Fuse, 3 }, { Chat, 3 } };

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Recipes))]
    public async Task Check_WithoutWeights_NamesThemAndNothingElse(string recipe, int models)
    {
        var (code, _, errors) = await CommandRun.HereAsync("check", Prepare(recipe));

        Assert.Equal(2, code);
        string[] lines = ErrorText.WithoutProgress(errors);
        Assert.Equal(models, lines.Length);
        Assert.All(lines, l => Assert.Matches(@"^'[^']*/models/[^']+' holds neither model\.safetensors nor pytorch_model\.bin nor an index of either\.", l));
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Recipes))]
    public async Task DryRun_WithoutWeights_ShowsEveryStepAndWarnsOfEachModel(string recipe, int models)
    {
        string file = Prepare(recipe);
        var (code, output, errors) = await CommandRun.HereAsync("run", file, "--dry-run");

        Assert.True(code == 0, errors);
        Assert.Equal(models, errors.Split("holds no weights yet").Length - 1);
        foreach (string step in recipe == Fuse ? (string[])["split", "represent open_llama_7b_v2", "represent mpt-7b", "train fused-seed42", "train clm-seed42"] : ["split", "represent Nous-Hermes-2-Mixtral-8x7B-DPO", "merge"])
        {
            Assert.Matches($"(?m)^ *{step}.* missing", output);
        }

        Assert.False(Directory.Exists(_folder.At("runs")));
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public async Task Run_WithoutWeights_IsRefusedBeforeAnythingIsMade()
    {
        var (code, _, errors) = await CommandRun.HereAsync("run", Prepare(Fuse));

        Assert.Equal(2, code);
        Assert.Contains("holds neither model.safetensors", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("runs")));
    }

    // The page shows these lines: what is reckoned there holds for the published shapes.
    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData(Fuse, 8, 80, "--ranks 8 --memory 80 --flops 2e14")]
    [InlineData(Fuse, 1, 24, "--memory 24 --flops 5e13 --set train.mode=qlora")]
    public async Task Plan_WithoutWeights_SaysWhatThePageShows(string recipe, int ranks, int memory, string options)
    {
        string page = await File.ReadAllTextAsync(Path.Combine(GoldenFile.Repository, "docs", "fusellm-7b.md"), TestContext.Current.CancellationToken);
        string command = $"fusesharp plan recipes/{recipe} {options}";

        var (code, output, errors) = await CommandRun.HereAsync(["plan", Prepare(recipe), .. options.Split(' ')]);

        Assert.True(code == 0, errors);
        Assert.Equal(3, errors.Split("holds no weights yet").Length - 1);
        Assert.Contains($"It fits into {memory}.0 GB.", output, StringComparison.Ordinal);
        string training = output.Split('\n').Single(l => l.StartsWith("Training: weights", StringComparison.Ordinal));
        Assert.Contains(ranks == 1 ? "in one process" : $"in each of {ranks} ranks", training, StringComparison.Ordinal);
        Assert.Contains(command, page, StringComparison.Ordinal);
        Assert.Contains(training, page, StringComparison.Ordinal);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public async Task Plan_TheTrioOfChatModels_CountsMixtralsExperts()
    {
        var (code, output, errors) = await CommandRun.HereAsync("plan", Prepare(Chat), "--ranks", "8", "--memory", "80", "--flops", "2e14");

        Assert.True(code == 0, errors);
        string[] represent = output.Split('\n').Single(l => l.StartsWith("represent", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(double.Parse(represent[1], System.Globalization.CultureInfo.InvariantCulture), 93, 110); // 46.7 billion weights in bfloat16
    }

    private string Prepare(string recipe)
    {
        Directory.CreateDirectory(_folder.At("recipes"));
        File.Copy(Path.Combine(GoldenFile.Repository, "recipes", recipe), _folder.At(Path.Combine("recipes", recipe)));
        if (recipe == Fuse)
        {
            Model("Llama-2-7b-hf", Llama(4096, 11008, 32, 32, 32, 32000, 4096));
            Model("open_llama_7b_v2", Llama(4096, 11008, 32, 32, 32, 32000, 2048));
            Model("mpt-7b", """
                {"architectures": ["MPTForCausalLM"], "model_type": "mpt", "d_model": 4096, "n_heads": 32, "n_layers": 32, "expansion_ratio": 4, "max_seq_len": 2048, "vocab_size": 50432, "no_bias": true, "learned_pos_emb": true, "torch_dtype": "bfloat16",
                 "attn_config": {"alibi": true, "alibi_bias_max": 8, "attn_impl": "torch", "attn_pdrop": 0, "attn_type": "multihead_attention", "attn_uses_sequence_id": false, "clip_qkv": null, "prefix_lm": false, "qk_ln": false, "softmax_scale": null}}
                """, isMpt: true);
            string lines = string.Concat(Enumerable.Range(0, 40).Select(i => JsonSerializer.Serialize(new { text = $"Document {i} of a pile: {string.Join(' ', Enumerable.Range(0, 200 + i))}" }) + "\n"));
            Text("minipile/train.jsonl", lines);
            Text("minipile/validation.jsonl", lines);
            Text("minipile/test.jsonl", lines);
            return _folder.At(Path.Combine("recipes", recipe));
        }

        Model("openchat_3.5", Llama(4096, 14336, 32, 32, 8, 32002, 8192, "MistralForCausalLM"), template: "mistral-v0.1");
        Model("Nous-Hermes-2-SOLAR-10.7B", Llama(4096, 14336, 48, 32, 8, 32002, 4096), template: "chatml");
        Model("Nous-Hermes-2-Mixtral-8x7B-DPO", Llama(4096, 14336, 32, 32, 8, 32002, 32768, "MixtralForCausalLM", """, "num_local_experts": 8, "num_experts_per_tok": 2"""), template: "chatml");
        Text("fusechat-mixture/mixture.jsonl", string.Concat(Enumerable.Range(0, 120).Select(i => JsonSerializer.Serialize(new
        {
            conversations = new[] { new { from = "human", value = $"What is {i} and {i}?" }, new { from = "gpt", value = $"That is {i + i}." } },
        }) + "\n")));
        return _folder.At(Path.Combine("recipes", recipe));
    }

    private static string Llama(int hidden, int inner, int layers, int heads, int keys, int vocabulary, int context, string architecture = "LlamaForCausalLM", string more = "")
        => FormattableString.Invariant($$"""
            {"architectures": ["{{architecture}}"], "hidden_size": {{hidden}}, "intermediate_size": {{inner}}, "num_hidden_layers": {{layers}}, "num_attention_heads": {{heads}}, "num_key_value_heads": {{keys}}, "hidden_act": "silu",
             "vocab_size": {{vocabulary}}, "max_position_embeddings": {{context}}, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "tie_word_embeddings": false, "bos_token_id": 1, "eos_token_id": 2, "torch_dtype": "bfloat16"{{more}}}
            """);

    private void Model(string name, string config, bool isMpt = false, string? template = null)
    {
        string folder = _folder.At(Path.Combine("models", name));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        if (isMpt)
        {
            File.Copy(SharedData.Path("data", "tokenizers", "gpt-neox-20b", "tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"tokenizer_class": "GPTNeoXTokenizer", "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}""");
            return;
        }

        string tokenizer = SharedData.Path("data", "tokenizers-today", "mistral-v0.1");
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json" })
        {
            File.WriteAllBytes(Path.Combine(folder, file), File.ReadAllBytes(Path.Combine(tokenizer, file)));
        }

        if (template is not null)
        {
            File.WriteAllBytes(Path.Combine(folder, "chat_template.jinja"), File.ReadAllBytes(SharedData.Path("data", "tokenizers-today", template, "chat_template.jinja")));
        }
    }

    private void Text(string name, string contents)
    {
        string file = _folder.At(Path.Combine("texts", name));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, contents);
    }
}

using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests.Chat;

public sealed class WellKnownTemplateTests
{
    private static readonly ChatMessage[] _messages = [new("system", "Be brief."), new("user", "Hi"), new("assistant", "Hello."), new("user", "Bye")];

    // As the models' makers publish their formats; the demo's models have </s>, but no marks of their own.
    [Theory]
    [InlineData("chatml", "<|im_start|>system\nBe brief.</s>\n<|im_start|>user\nHi</s>\n<|im_start|>assistant\nHello.</s>\n<|im_start|>user\nBye</s>\n<|im_start|>assistant\n")]
    [InlineData("llama2", "[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Hello.</s>[INST] Bye [/INST]")]
    [InlineData("llama3", "<|start_header_id|>system<|end_header_id|>\n\nBe brief.</s><|start_header_id|>user<|end_header_id|>\n\nHi</s><|start_header_id|>assistant<|end_header_id|>\n\nHello.</s><|start_header_id|>user<|end_header_id|>\n\nBye</s><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData("mistral", "[INST] Be brief.\n\nHi[/INST] Hello.</s>[INST] Bye[/INST]")]
    [InlineData("zephyr", "<|system|>\nBe brief.</s>\n<|user|>\nHi</s>\n<|assistant|>\nHello.</s>\n<|user|>\nBye</s>\n<|assistant|>\n")]
    [InlineData("vicuna", "Be brief.\n\nUSER: Hi\nASSISTANT: Hello.</s>\nUSER: Bye\nASSISTANT:")]
    [InlineData("alpaca", "Be brief.\n\n### Instruction:\nHi\n\n### Response:\nHello.</s>\n\n### Instruction:\nBye\n\n### Response:\n")]
    public void FromName_EveryName_WritesItsFormat(string name, string expected)
    {
        string model = DemoModels.Path("security");
        var template = ChatTemplate.FromSource(ChatTemplate.FromName(name, model).Source, new Dictionary<string, string?> { ["bos_token"] = "", ["eos_token"] = "</s>" }, name);

        Assert.Equal(expected, template.Render(_messages));
        Assert.Contains(name, ChatTemplate.Names);
        Assert.Equal([TokenizerFolder.Load(model).EndOfTextId!.Value], ConversationEncoder.Create(TokenizerFolder.Load(model), ChatTemplate.FromName(name, model), LearnedTurns.Answers, default).EndsOfTurn);
    }

    [Fact]
    public void FromName_Unknown_NamesTheKnown()
        => Assert.Equal("There is no chat template 'gemma'. Name a file, or one of chatml, llama2, llama3, mistral, zephyr, vicuna, alpaca.", Assert.Throws<UsageException>(() => ChatTemplate.FromName("gemma", DemoModels.Path("security"))).Message);
}

using FuseSharp.Models.Export;
using FuseSharp.Testing;

namespace FuseSharp.Models.Tests.Export;

public sealed class OllamaModelfileTests : IDisposable
{
    private const string ChatMl = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private readonly ScratchFolder _folder = new();

    public OllamaModelfileTests()
    {
        foreach (string file in Directory.EnumerateFiles(DemoModels.Path("web")).Where(f => !f.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            File.Copy(file, _folder.At(Path.GetFileName(file)));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ChatMl_IsThatInOllamasLanguage()
    {
        File.WriteAllText(_folder.At("chat_template.jinja"), ChatMl);
        File.WriteAllText(_folder.At("generation_config.json"), """{"do_sample": true, "temperature": 0.6, "top_p": 0.95, "top_k": 20, "repetition_penalty": 1.1, "eos_token_id": [0, 5]}""");

        var (text, lacksTemplate) = OllamaModelfile.Write("mine.gguf", _folder.Path);

        Assert.False(lacksTemplate);
        var tokens = Tokenizers.Files.TokenizerFolder.Load(_folder.Path).Vocabulary;
        Assert.Equal(
            $$$"""
            # Written by fusesharp: ollama create NAME -f Modelfile
            FROM ./mine.gguf
            TEMPLATE {{{"\"\"\""}}}{{ range .Messages }}{{ if eq .Role "system" }}<|im_start|>system
            {{ .Content }}<|im_end|>
            {{ else if eq .Role "user" }}<|im_start|>user
            {{ .Content }}<|im_end|>
            {{ else if eq .Role "assistant" }}<|im_start|>assistant
            {{ .Content }}<|im_end|>
            {{ end }}{{ end }}<|im_start|>assistant
            {{{"\"\"\""}}}
            PARAMETER temperature 0.6
            PARAMETER top_k 20
            PARAMETER top_p 0.95
            PARAMETER repeat_penalty 1.1
            PARAMETER stop "{{{tokens[0]}}}"
            PARAMETER stop "{{{tokens[5]}}}"

            """, text);
    }

    [Theory]
    [InlineData("{% for message in messages %}[{{ message['role'] }}]{{ message['content'] | trim }}\n{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}")] // trims
    [InlineData("{% if messages[0]['role'] != 'system' %}[system]Be kind.\n{% endif %}{% for message in messages %}[{{ message['role'] }}]{{ message['content'] }}\n{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}")] // adds a message
    [InlineData("{% for message in messages %}{% if message['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}[{{ message['role'] }}]{{ message['content'] }}\n{% endfor %}")] // refuses one
    [InlineData("{% for message in messages %}[{{ message['role'] }}{{ loop.index }}]{{ message['content'] }}\n{% endfor %}")] // counts
    public void Write_ATemplateThatDoesMore_LeavesItToTheGguf(string template)
    {
        File.WriteAllText(_folder.At("chat_template.jinja"), template);
        File.WriteAllText(_folder.At("generation_config.json"), """{"do_sample": false, "eos_token_id": 1}""");

        var (text, lacksTemplate) = OllamaModelfile.Write("mine.gguf", _folder.Path);

        Assert.True(lacksTemplate);
        Assert.StartsWith($"{OllamaModelfile.FirstLine}\nFROM ./mine.gguf\nPARAMETER temperature 0\nPARAMETER stop ", text, StringComparison.Ordinal);
    }
}

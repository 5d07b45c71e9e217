using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Tokenizers.Tests.Chat;

public sealed class ChatTemplateTests
{
    private static readonly ChatMessage[] _conversation = [new("system", "Be brief."), new("user", " Hi "), new("assistant", "Hello."), new("user", "Bye")];

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Render_RealModel_IsThePromptThatItKnows()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden", "smollm2", "golden.json")));
        var template = ChatTemplate.Find(SharedData.Path("data", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"))!;

        string prompt = template.Render([new ChatMessage("user", "What is the capital of France?")]);

        // The template itself opens a conversation that has no system message.
        Assert.Equal("<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n" + golden.RootElement.GetProperty("prompt").GetString(), prompt);
    }

    // Templates in the style of well-known families; what they give was worked out by hand from Jinja's rules.
    [Theory]
    [InlineData(
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi <|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(
        """
        {%- if messages[0].role == "system" %}
            {%- set system_message = messages[0].content %}
            {%- set loop_messages = messages[1:] %}
        {%- else %}
            {%- set loop_messages = messages %}
        {%- endif %}
        {{- bos_token }}
        {%- for message in loop_messages %}
            {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
                {{- raise_exception('roles must alternate') }}
            {%- endif %}
            {%- if message['role'] == 'user' %}
                {%- if loop.first and system_message is defined %}
                    {{- ' [INST] ' + system_message + '\n\n' + message['content'] | trim + ' [/INST]' }}
                {%- else %}
                    {{- ' [INST] ' ~ message.content.strip() ~ ' [/INST]' }}
                {%- endif %}
            {%- elif message['role'] == 'assistant' %}
                {{- ' ' + message['content'] + eos_token }}
            {%- endif %}
        {%- endfor %}
        """,
        "<s> [INST] Be brief.\n\nHi [/INST] Hello.</s> [INST] Bye [/INST]")]
    [InlineData(
        """
        {% set ns = namespace(users=0, last='') %}
        {% for m in messages if m.role in ['user', 'system'] %}
        {% set ns.users = ns.users + 1 %}
        {% set ns.last = m.content %}
        {% endfor %}
        {{ ns.users }} {{ ns.last|upper }}{# nothing #}
        {% macro shout(text, sign='!') %}{{ text }}{{ sign }}{% endmacro %}
         {{ shout('a') }}{{ shout('b', sign='?') }}
        """,
        "3 BYE a!b?")]
    [InlineData("{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | join('/') | tojson }}", "\" Hi /Bye\"")]
    [InlineData("{{ messages[0] | tojson }}|{{ [1, 2.5, none, true] | tojson(indent=2) }}", "{\"role\": \"system\", \"content\": \"Be brief.\"}|[\n  1,\n  2.5,\n  null,\n  true\n]")]
    [InlineData("{{ 7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 'a' if false }}{{ not true or 1 in [1] }} {{ 1 < 2 < 3 }} {{ 'x'|length + 1 }}", "3 2 3.5 True True 2")]
    [InlineData("{{ messages[-1].content }}{{ messages[::-1][0].role }}{{ 'abc'[1:] }}{{ (missing.x if missing is defined else 'no') }}{{ missing|default('d') }}", "Byeuserbcnod")]
    [InlineData("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{{ ', ' if not loop.last }}{% endfor %}{% for x in [] %}{% else %}-{% endfor %}", "a1, b2-")]
    [InlineData("{% for x in range(9) %}{% if x == 2 %}{% continue %}{% endif %}{% if x > 3 %}{% break %}{% endif %}{{ x }}{% endfor %}{% raw %}{{ x }}{% endraw %}", "013{{ x }}")]
    [InlineData("  {% if true %}\n x\n  {% endif %}\ny {{- ' z' -}}   \n w", " x\ny zw")]
    [InlineData("{{ 'a<think>b</think>c'.split('</think>')[-1] }}{{ ' x'.lstrip() }}{{ 'ab'.startswith('a') }}{% set t %}q{{ 1 }}{% endset %}{{ t }}", "cxTrueq1")]
    [InlineData("{{ strftime_now('%d %b %Y') }}", "05 Mar 2026")]
    public void Render_WritesWhatJinjaWrites(string source, string expected) => Assert.Equal(expected, Render(source));

    [Theory]
    [InlineData("{{ raise_exception('only users may speak') }}", "refuses this conversation: only users may speak")]
    [InlineData("{% if true %}a", "'elif' or 'else' or 'endif'")]
    [InlineData("a\n{% include 'x' %}", "line 2, has the tag 'include'")]
    [InlineData("{{ messages[0].__class__.__mro__ }}", "asks something undefined for '__mro__'")]
    [InlineData("{{ open('/etc/passwd') }}", "calls 'open', which is not a known function")]
    [InlineData("{{ 'a", "without its closing quote")]
    public void Render_BadTemplate_IsRefusedInOneLine(string source, string expected)
    {
        var fault = Assert.Throws<ModelException>(() => Render(source));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% set ns = namespace(x='aaaaaaaa') %}{% for a in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(x='aaaaaaaa') %}{% for a in range(99) %}{% set ns.x = ns.x.replace('a', 'aaaaaaaa') %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(x=['a']) %}{% for a in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", "characters")]
    [InlineData("{% set ns = namespace(x=['a']) %}{% for a in range(1000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}", "nests values too deeply")]
    [InlineData("{% set ns = namespace(x=['a']) %}{% for a in range(1000) %}{% set ns.x = {'a': ns.x} %}{% endfor %}{{ ns.x|tojson }}", "nests values too deeply")]
    [InlineData("{% set ns = namespace(x=['a'], y=['a']) %}{% for a in range(1000) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}", "nests values too deeply")]
    [InlineData("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}", "too deeply")]
    [InlineData("{% set l = range(99999)|list %}{% for a in l %}{% if -1 in l %}{% endif %}{% endfor %}", "characters")]
    public void Render_HostileTemplate_EndsSoon(string source, string expected)
        => Assert.Contains(expected, Assert.Throws<ModelException>(() => Render(source)).Message, StringComparison.Ordinal);

    [Fact]
    public void Find_DeeplyNestedTemplate_IsRefused()
    {
        string source = "{{ " + new string('(', 50_000) + "1" + new string(')', 50_000) + " }}";

        Assert.Contains("nested too deeply", Assert.Throws<ModelException>(() => Render(source)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_ModelWithoutTemplate_GivesNone()
    {
        using var folder = new ScratchFolder();
        folder.Write("tokenizer_config.json", "{}"u8.ToArray());

        Assert.Null(ChatTemplate.Find(folder.Path));
    }

    private static string Render(string source)
    {
        using var folder = new ScratchFolder();
        folder.Write("tokenizer_config.json", JsonSerializer.SerializeToUtf8Bytes(new { bos_token = "<s>", eos_token = new { content = "</s>" }, chat_template = source.ReplaceLineEndings("\n") }));
        return ChatTemplate.Find(folder.Path)!.Render(_conversation, today: new DateTimeOffset(2026, 3, 5, 1, 2, 3, TimeSpan.Zero));
    }
}

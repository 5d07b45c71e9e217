using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Tokenizers.Tests.Chat;

/// <summary>What jinja2 3.1.6, set up as transformers does it, writes for some hundred templates: <c>jinja.json</c>, pairs of template and text.</summary>
public sealed class JinjaTests
{
    private static readonly ChatMessage[] _conversation = [new("system", "Be brief."), new("user", " Hi \U0001F600 "), new("assistant", "Straße ΟΔΟΣ café")];

    [Fact]
    public void Render_WritesWhatJinjaWrote()
    {
        using var stream = typeof(JinjaTests).Assembly.GetManifestResourceStream("jinja.json")!;
        string[][] pairs = JsonSerializer.Deserialize<string[][]>(stream)!;
        Assert.True(pairs.Length > 500);
        Assert.All(pairs, pair => Assert.Equal(pair[1], Render(pair[0])));
    }

    [Theory]
    [InlineData("{{ 9223372036854775807 + 1 }}", "more than 64 bits")]
    [InlineData("{{ {1: 2} }}", "not text")]
    [InlineData("{{ dict(a=1, a=2) }}", "'a' twice")]
    [InlineData("{{ 'a'|nosuch }}", "'nosuch'")]
    [InlineData("{{ ['b', 'a']|sort(reversed=true) }}", "'reversed'")]
    [InlineData("{{ [1, 'a']|sort }}", "applies '<'")]
    [InlineData("{% for m in messages recursive %}{% endfor %}", "'recursive'")]
    [InlineData("{% macro f() %}{% endmacro %}{{ f(1) }}", "argument that it does not have")]
    [InlineData("{{ '\\x4' }}", "hexadecimal")]
    public void Render_WhatIsNotSupported_IsNamed(string template, string what)
        => Assert.Contains(what, Assert.Throws<ModelException>(() => Render(template)).Message, StringComparison.Ordinal);

    // Small templates that would take much time or memory, or end the process.
    [Theory]
    [InlineData("1", "+1", 90_000)]
    [InlineData("'a'", "~'a'", 200_000)]
    [InlineData("x", "|upper", 90_000)]
    [InlineData("1", " if 1 else 1", 60_000)]
    [InlineData("", "-", 60_000)]
    [InlineData("", "not ", 60_000)]
    [InlineData("", "[", 60_000)]
    public void Render_LongChains_EndInOneLine(string start, string link, int count)
    {
        string message = Assert.Throws<ModelException>(() => Render("{{ " + start + string.Concat(Enumerable.Repeat(link, count)) + (start.Length == 0 ? "1" : "") + " }}")).Message;
        Assert.DoesNotContain('\n', message);
    }

    // What a template may nest depends neither on the stack nor on how the code was compiled.
    [Fact]
    public void Render_ChainsAsLongAsTheBound_AreRead()
    {
        static string Sum(int terms) => Render("{{ " + string.Join('+', Enumerable.Repeat("1", terms)) + " }}");
        Assert.Equal("1000", Sum(1000));
        Assert.Contains("too deeply", Assert.Throws<ModelException>(() => Sum(1001)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ range(100000)|join('x' * 10700) }}")]
    [InlineData("{% set t = 'a' * 1000000 %}{{ ([t] * 4096)|map('upper')|list|length }}")]
    [InlineData("{% set t = 'a' * 1000000 %}{{ (t ~ 'b') in ([t ~ 'c'] * 262144) }}")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for i in range(40) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson(indent=16) }}")]
    [InlineData("{{ '%1000000000s' % 'a' }}")]
    [InlineData("{{ 'a'|center(1000000000) }}")]
    [InlineData("{{ 'a' * 99999999999 }}")]
    [InlineData("{{ 2 ** 1000000000 }}")]
    [InlineData("{% set t = 'ä' * 2000000 %}{% for i in range(90000) %}{{ t[5] }}{% endfor %}")]
    public void Render_HostileTemplate_IsRefusedBeforeItTakesMemory(string template)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ModelException>(() => Render(template));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256L << 20);
    }

    [Fact]
    public void Render_SearchForALongText_TakesTheSumOfTheLengths()
        => Assert.Equal("False", Render("{% set t = 'ab' * 1048576 %}{% set p = 'ab' * 400000 ~ 'ac' ~ 'ab' * 400000 %}{{ p in t }}"));

    private static string Render(string template)
    {
        using var folder = new ScratchFolder();
        folder.Write("tokenizer_config.json", """{"bos_token":"<s>","eos_token":"</s>"}"""u8.ToArray());
        folder.Write("chat_template.jinja", System.Text.Encoding.UTF8.GetBytes(template));
        return ChatTemplate.Find(folder.Path)!.Render(_conversation, today: new DateTimeOffset(2026, 3, 5, 1, 2, 3, TimeSpan.Zero));
    }
}

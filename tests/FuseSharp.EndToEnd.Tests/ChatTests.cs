using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Talking with a model, and prompts by a pipe.</summary>
public sealed class ChatTests : IDisposable
{
    private const string Template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}";

    private readonly ScratchFolder _folder = new();
    private readonly string _model;

    public ChatTests()
    {
        _model = _folder.At("talker");
        Directory.CreateDirectory(_model);
        foreach (string file in Directory.EnumerateFiles(TinyFusion.Model("web")))
        {
            File.Copy(file, Path.Combine(_model, Path.GetFileName(file)));
        }

        File.WriteAllText(Path.Combine(_model, "chat_template.jinja"), Template);
    }

    [Fact]
    public async Task Generate_ModelThatGivesNoNumbers_SaysSoOnALineOfItsOwn()
    {
        using var folder = new ScratchFolder();
        string model = folder.Write("bad.gguf", TinyGguf.Build(poisoned: 'c'));

        var (code, output, errors) = await CommandRun.HereAsync("generate", model, "--prompt", "abc");

        Assert.Equal((2, "abc" + Environment.NewLine), (code, output));
        Assert.Equal("Model bad.gguf gives NaN or infinite logits for the next token. Its weights are damaged, by their training or in their files: take others.", errors.TrimEnd());
    }

    [Fact]
    public async Task Chat_Piped_AnswersEachLineAndKnowsWhatWasSaid()
    {
        var (code, output, errors) = await Say("The request", "Sends it", "/reset", "The request", "/exit", "never said");

        Assert.Equal((0, ""), (code, errors));
        string[] answers = output.TrimEnd('\n').Split('\n');
        Assert.Equal(3, answers.Length);
        Assert.Equal(answers[0], answers[2]); // begun anew
        string written = $"user: The request\nassistant: {answers[0]}\nuser: Sends it\nassistant:";
        string alone = await CommandRun.SucceedAsync(["generate", _model, "--prompt", written, .. Sampling]);
        Assert.Equal(written + answers[1], alone.TrimEnd('\n'));
    }

    [Fact]
    public async Task Chat_System_StandsBeforeAll()
    {
        var (_, output, _) = await Say(["--system", "Be short"], "Hello");

        string written = "system: Be short\nuser: Hello\nassistant:";
        Assert.Equal(written + output, await CommandRun.SucceedAsync(["generate", _model, "--prompt", written, .. Sampling]));
    }

    [Fact]
    public async Task Chat_FullContext_DropsTheOldestAndSaysSo()
    {
        string words = string.Join(' ', Enumerable.Repeat("message request response", 60));

        var (code, output, errors) = await Say("First " + words, "Second " + words, "Third " + words);

        Assert.Equal(0, code);
        Assert.Equal(3, output.TrimEnd('\n').Split('\n').Length);
        Assert.Matches(@"^The context of 512 tokens is full: 'First message request [a-z ]+…' and its answer are left out from here on\.", errors);
    }

    [Fact]
    public async Task Chat_LineThatDoesNotFitAlone_IsRefusedAndTheTalkGoesOn()
    {
        var (code, output, errors) = await Say(string.Join(' ', Enumerable.Repeat("message", 700)), "/nonsense", "Hello");

        Assert.Equal(0, code);
        Assert.Single(output.TrimEnd('\n').Split('\n'));
        Assert.Contains("Say it in fewer words.", errors, StringComparison.Ordinal);
        Assert.Contains("'/nonsense' is an unknown command. There are /reset and /exit.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_ModelWithoutTemplate_IsRefused()
    {
        var (code, _, errors) = await CommandRun.HereAsync("chat", TinyFusion.Model("web"));

        Assert.Equal(2, code);
        Assert.Contains("has no chat template. Use 'generate'", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("The reader", "--prompt", "-")]
    [InlineData("The reader")]
    public async Task Generate_PipedPrompt_IsContinued(string prompt, params string[] options)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "fusesharp.dll"), "generate", _model, .. options, .. Sampling])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(prompt + "\n");
        process.StandardInput.Close();
        var result = await FusesharpProcess.EndOf(process);

        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.Equal(await CommandRun.SucceedAsync(["generate", _model, "--prompt", prompt, .. Sampling]), result.Output);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static string[] Sampling => ["--temperature", "0", "--max-tokens", "12", "--stop", "\n", "--precision", "float32"];

    private Task<(int Code, string Output, string Errors)> Say(params string[] lines) => Say([], lines);

    private async Task<(int Code, string Output, string Errors)> Say(string[] options, params string[] lines)
    {
        var before = Console.In;
        Console.SetIn(new StringReader(string.Join('\n', lines) + "\n"));
        try
        {
            var (code, output, errors) = await CommandRun.HereAsync(["chat", _model, .. options, .. Sampling]);
            return (code, output, errors.Replace("> ", "", StringComparison.Ordinal)); // shown where the tests run in a terminal
        }
        finally
        {
            Console.SetIn(before);
        }
    }
}

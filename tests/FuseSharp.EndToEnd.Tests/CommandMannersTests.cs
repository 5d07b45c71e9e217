using System.Diagnostics;
using FuseSharp.Cli;
using FuseSharp.Pipeline.Merge.Configuration;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>What the command line says of what it does not understand, and how it helps.</summary>
public sealed class CommandMannersTests
{
    public static TheoryData<string[], string[]> Errors => new()
    {
        { ["evalute", "m"], ["There is no command 'evalute'. Did you mean 'evaluate'?", "See 'fusesharp --help'."] },
        { ["xyzzy"], ["There is no command 'xyzzy'. There are demo, init, run,"] },
        { ["tokenizer"], ["'tokenizer' needs a command: train.", "See 'fusesharp tokenizer --help'."] },
        { ["tokenizer", "trian"], ["There is no command 'trian'. Did you mean 'train'?"] },
        { ["merge", "a", "b", "--otput", "c"], ["'--otput' is an unknown option of 'merge'. Did you mean '--output'?", "See 'fusesharp merge --help'."] },
        { ["split", "--models", "a", "b", "--tets", "c=d", "--output", "e"], ["'--tets' is an unknown option of 'split'. Did you mean '--texts'?"] },
        { ["check"], ["'check' needs RECIPE: The recipe, a YAML file."] },
        { ["check", "a", "b"], ["'b' is one argument too many for 'check'."] },
        { ["pretrain", "--config", "c", "--tokenizer", "t", "--texts", "x"], ["'pretrain' needs --output: Folder that gets the model."] },
        { ["generate", "m", "--prompt"], ["--prompt needs a value: The text to continue"] },
        { ["generate", "m", "--prompt", "a", "--top-k", "many"], ["--top-k is 'many', expected a whole number."] },
        { ["generate", "m", "--prompt", "a", "--seed", "99999999999999999999"], ["--seed is '99999999999999999999', expected a whole number."] },
        { ["generate", "m", "--prompt", "a", "--precision", "fp16"], ["--precision is 'fp16', expected auto, float32, bfloat16."] },
        { ["generate", "m", "--prompt", "a", "--top-p", "2"], ["'top_p' is 2, expected 0 to 1."] },
        { ["generate", "m", "--prompt", "a", "--prompts", "b"], ["--prompt and --prompts are both given", "--prompts needs --output"] },
        { ["generate", "m", "--prompt", "a", "--output", "b", "--batch-size", "0"], ["--output needs --prompts", "--batch-size is 0, expected at least 1."] },
        { ["merge", "a", "b", "--weights", "0.3;0.7", "--output", "c"], ["--weights is '0.3;0.7', expected a number such as 0.5 or 1e-5."] },
        { ["merge", "a", "b", "--normalize", "maybe", "--output", "c"], ["--normalize needs a value: true or false"] },
        { ["merge", "a", "b", "--method", "DareTie", "--output", "c"], ["--method is 'DareTie', expected linear, slerp, task_arithmetic,"] },
        { ["merge", "a", "b", "--output", "c", "--output", "d"], ["--output takes one value, not 'c', 'd'."] },
        { ["export", "m", "--gguf", "x.gguf", "--type", "q9"], ["--type is 'q9', expected f16, q8_0, bf16, f32, q4_k_m, q5_k_m, q6_k."] },
        { ["completion", "csh"], ["no completions for 'csh', only for bash, zsh, fish, pwsh"] },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Misunderstood_SaysWhatAndWhatIsMeant(string[] arguments, string[] expected)
    {
        var (code, output, errors) = await CommandRun.HereAsync(arguments);

        string[] lines = errors.TrimEnd().Split('\n');
        Assert.Equal((2, ""), (code, output));
        Assert.InRange(lines.Length, expected.Length, expected.Length + 1);
        Assert.All(expected.Zip(lines), l => Assert.Contains(l.First, l.Second, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData]
    [InlineData("help")]
    [InlineData("--help")]
    public async Task Alone_ListsTheCommands(params string[] arguments)
    {
        var (code, output, errors) = await CommandRun.HereAsync(arguments);

        Assert.Equal((0, ""), (code, errors));
        Assert.All(new[] { "demo", "init", "chat", "completion" }, c => Assert.Matches($@"\n  {c}\b", output));
    }

    [Fact]
    public async Task Help_OfACommand_ShowsNamesAsTheyAreWritten()
    {
        string merge = await CommandRun.SucceedAsync("help", "merge");
        string tokenizer = await CommandRun.SucceedAsync("tokenizer", "train", "--help");

        Assert.Contains("<linear|slerp|task_arithmetic|", merge, StringComparison.Ordinal);
        Assert.Matches(@"\[default:\s+sentence_piece\]", tokenizer);
        Assert.Contains("<sentence_piece|byte_level>", tokenizer, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\[default:\s+[A-Z][a-z]+[A-Z]?", merge + tokenizer);
    }

    [Theory]
    [InlineData("merge a b --method dare_ties --output c", "--method", MergeMethod.DareTies)]
    [InlineData("merge a b --method DARE-TIES --output c", "--method", MergeMethod.DareTies)]
    public void Parse_Name_IsThatOfRecipes<T>(string line, string option, T expected)
        => Assert.Equal(expected, CommandLine.Create().Parse(line).GetValue<T>(option));

    [Fact]
    public void Parse_Numbers_HaveCommasOrSpacesBetween()
        => Assert.Equal([0.3, 0.7, 1], CommandLine.Create().Parse("merge a b c --weights 0.3,0.7 1 --output d").GetRequiredValue<double[]>("--weights"));

    [Fact]
    public async Task Completion_InBash_CompletesCommandsAndOptions()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "bash is not here.");
        string script = await CommandRun.SucceedAsync("completion", "bash");
        string program = Path.Combine(AppContext.BaseDirectory, "fusesharp.dll");
        string test = $$"""
            fusesharp() { dotnet '{{program}}' "$@"; }
            {{script}}
            complete_line() { COMP_LINE="$1"; COMP_POINT=${#1}; COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _fusesharp; echo "${COMPREPLY[*]}"; }
            complete_line 'fusesharp eval'
            complete_line 'fusesharp split --mo'
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", test]) { RedirectStandardOutput = true })!;

        string[] found = (await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).TrimEnd().Split('\n');

        Assert.Equal(["evaluate", "--models"], found);
    }

    [Theory]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Completion_OfAnotherShell_AsksTheProgram(string shell)
        => Assert.Contains("[suggest:", await CommandRun.SucceedAsync("completion", shell), StringComparison.Ordinal);
}

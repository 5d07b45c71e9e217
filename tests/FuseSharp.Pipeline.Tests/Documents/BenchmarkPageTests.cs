using System.Globalization;
using System.Text;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Testing;

namespace FuseSharp.Pipeline.Tests.Documents;

/// <summary>docs/benchmarks.md lists the benchmarks that come with the program and every key of their definitions, straight from the code.</summary>
public sealed class BenchmarkPageTests
{
    private const string Own = """
        name: capitals
        kind: choice
        data: [capitals]
        split: validation
        shots: 2
        prompt: |-
          Question: What is the capital of {country}?
          Answer:
        choices: ["{options}"]
        gold: "{answer}"
        """;

    [Fact]
    public void BenchmarkPage_SaysWhatTheCodeSays() => Assert.Null(GoldenFile.Difference("docs/benchmarks.md", Page()));

    [Fact]
    public void OwnTask_OfThePage_IsOne()
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder.At("capitals"));
        File.WriteAllText(folder.At("capitals/train.jsonl"), """{"country":"Italy","options":["Rome","Pisa"],"answer":0}""" + "\n" + """{"country":"Spain","options":["Toledo","Madrid"],"answer":1}""");
        File.WriteAllText(folder.At("capitals/validation.jsonl"), """{"country":"France","options":["Lyon","Paris"],"answer":1}""");
        File.WriteAllText(folder.At("capitals.yaml"), Own);

        var question = Assert.Single(TaskReader.Read(TaskDefinition.Find(folder.At("capitals.yaml")), folder.Path, 10, null, 42));

        Assert.EndsWith("\n\nQuestion: What is the capital of France?\nAnswer:", question.Prompt, StringComparison.Ordinal);
        Assert.Contains("Question: What is the capital of Spain?\nAnswer: Madrid\n\n", question.Prompt, StringComparison.Ordinal);
        Assert.Equal(1, question.Example.Gold);
    }

    private static string Page()
    {
        var page = new StringBuilder($$"""
            # Benchmarks

            Every benchmark is a YAML file; this page is made from those that come with the program, and from the code's own documentation, by a test.

            ```
            fusesharp evaluate MODEL --tasks arc_easy,bbh:snarks,humaneval --data benchmarks --limit 100 --samples out.json
            fusesharp ensemble --models A B --tasks arc_easy --data benchmarks
            ```

            A recipe asks every model of its comparison, the ensemble included:

            ```yaml
            evaluate:
              tasks: [arc_easy, hellaswag, bbh, vicuna]
              data: benchmarks
              judge:
                endpoint: https://api.openai.com/v1
            ```

            - `--data` is a folder with the files that Hugging Face, or a benchmark's authors, publish: Parquet, Arrow, `.jsonl` or `.json`, in the folders of the table below.
            - Prompts, separators and scores are those of lm-evaluation-harness where it has the task. ± is one standard error over the questions (n − 1); of parts both means are given, weighed by size and unweighed.
            - `--samples` gets every question with prompt, answer and score. Answers are kept one by one beside it: the same command continues after the last one.
            - Answers are written side by side and choices share their prompt; results do not depend on `--batch-size`, beyond the rounding of matrix products of another size.
            - `--chat` asks through the model's chat template: the whole prompt, examples included, is what the user says, and no space stands before an answer.
            - `--set KEY=VALUE` replaces a key of every task asked, such as `max_tokens=96`.
            - Programs run in a sandbox (bubblewrap, Linux) without network, files or other processes, for 10 s each (MultiPL-E: 15; `--set seconds=60`) and in 1 GiB of memory for all processes of one together; the samples say which of the two ended a program. A language whose toolchain is not in /usr/bin is skipped, with the reason, and counts neither as right nor as wrong.
            - Answers to Vicuna Bench are judged by `fusesharp judge out.json --baseline other.json --data benchmarks --endpoint URL --output judged`, which reads its key from `OPENAI_API_KEY`,
              asks in both orders, and goes on where it was stopped.

            ## Those that come with the program


            """.ReplaceLineEndings("\n"));
        page.Append("| task | kind | scoring | shots | parts | data, the first that is there | source |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (var task in TaskDefinition.Known.Select(n => TaskDefinition.Find(n)))
        {
            page.Append(CultureInfo.InvariantCulture,
                $"| `{task.Name}` | {KeyTables.KeyOf(task.Kind.ToString())} | {KeyTables.KeyOf(task.Scoring.ToString())} | {task.Shots} | {(task.Subtasks.Count == 0 ? "" : task.Subtasks.Count)} | {string.Join(", ", task.Data.Select(d => $"`{d}`"))} | {SourceOf(task.Name)} |\n");
        }

        page.Append($$"""

            ## One of your own

            `fusesharp evaluate MODEL --tasks capitals.yaml --data FOLDER`, where `FOLDER/capitals` holds `train.jsonl` and `validation.jsonl` with `country`, `options` and `answer`:

            ```yaml
            {{Own.ReplaceLineEndings("\n")}}
            ```

            Texts are templates: `{field}`, `{field.inner}`, `{list.0}`, then filters after `|`: `strip`, `lower`, `upper`, `capitalize`, `last_word`, `without_last_word`, `wikihow`.


            """.ReplaceLineEndings("\n"));
        KeyTables.Section(page, "Keys", typeof(TaskDefinition));
        return page.ToString().TrimEnd('\n') + "\n";
    }

    // The comment at the head of each definition.
    private static string SourceOf(string name)
    {
        string file = Path.Combine(GoldenFile.Repository, "src/FuseSharp.Evaluation/Tasks/Definitions", name + ".yaml");
        return string.Join(" ", File.ReadLines(file).TakeWhile(l => l.StartsWith('#')).Select(l => l[1..].Trim())).Replace("|", "\\|", StringComparison.Ordinal);
    }
}

using FuseSharp.Evaluation.Tasks;
using FuseSharp.Options;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Recipes;


namespace FuseSharp.Fuzz;

/// <summary>YAML that people write and pass on, and the rows of benchmarks.</summary>
internal static class RecipeTargets
{
    private const string Recipe = """
        output: runs/a
        target: models/a
        sources: [models/b, models/c]
        texts:
          code: texts/code.jsonl
          prose: {train: a.txt, test: b.txt, lines: true}
        train:
          settings: reference
          batch_size: 128
          learning_rate: 1e-4
          fusion: {exclude_teachers: [b]}
        evaluate: {window: 128, tasks: [boolq], data: d}
        baselines: {ensemble: true, merges: [linear, ties]}
        """;

    private const string Merge = """
        models:
          - model: tuned-1
            parameters: {weight: 0.6}
          - model: {model: {path: tuned-2}}
        merge_method: linear
        base_model: base
        parameters: {normalize: false, int8_mask: true}
        dtype: float32
        """;

    private const string Task = """
        name: own
        kind: choice
        data: [rows.jsonl]
        prompt: "Q: {question.stem?question|strip} {list.0}\nA:"
        choices: ["{choices.text}"]
        gold: "{answer}"
        labels: choices.label
        published: {a: 1.5}
        """;

    private static readonly string[] _rows = ["""{"question":"a","list":["x"],"choices":{"text":["b","c"],"label":["A","B"]},"answer":"A"}""", """{"question":{"stem":"a"},"list":["x",1],"choices":[{"text":"b","label":"1"},{"text":"c","label":"2"}],"answer":"B"}"""];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        FuzzTargets.File("recipe", InputKind.Yaml, "recipe.yaml", [Recipe], p => RecipeReader.Read(p)),
        FuzzTargets.File("merge", InputKind.Yaml, "merge.yaml", [Merge], p => _ = OptionRange.ErrorsOf(MergeOptions.Read(p)).ToList()),
        FuzzTargets.File("task", InputKind.Yaml, "own.yaml", [Task], p =>
        {
            File.WriteAllLines(Path.Combine(Path.GetDirectoryName(p)!, "rows.jsonl"), _rows);
            Ask(p);
        }),
        FuzzTargets.File("task-rows", InputKind.Json, "rows.jsonl", [string.Join('\n', _rows)], p =>
        {
            string task = Path.Combine(Path.GetDirectoryName(p)!, "own.yaml");
            File.WriteAllText(task, Task);
            Ask(task);
        }),
    ];

    private static void Ask(string task)
    {
        foreach (var part in TaskDefinition.Find(task).Parts().Take(20))
        {
            TaskReader.Read(part, Path.GetDirectoryName(task)!, 10, shots: 0, seed: 1);
        }
    }
}

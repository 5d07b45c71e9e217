using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Code;
using FuseSharp.Evaluation.Scores;
using FuseSharp.Files;
using FuseSharp.Storage.Yaml;

namespace FuseSharp.Evaluation.Tasks;

/// <summary>A benchmark as data: what is read, asked and scored. One YAML file, one task.</summary>
/// <remarks>Texts are templates: <c>{field}</c>, <c>{field.inner}</c> and <c>{field|filter}</c> stand for a row's values; see <see cref="TaskTemplate"/>.</remarks>
public sealed record TaskDefinition
{
    private const string Resources = "FuseSharp.Evaluation.Tasks.Definitions.";
    private const long LargestFile = 1 << 20;

    /// <summary>What <c>--tasks</c> calls it.</summary>
    [Required] public string Name { get; init; } = "";

    /// <summary>What the model is asked for.</summary>
    [Required] public TaskKind Kind { get; init; }

    /// <summary>How its answers are scored.</summary>
    public TaskScoring Scoring { get; init; }

    /// <summary>Files or folders below the data folder; the first that is there is read. <c>{subtask}</c> stands for the subtask.</summary>
    [Required] public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Split whose rows are asked: files of a folder with this name (<c>test-00000-of-00001.parquet</c>, <c>test/…</c>).</summary>
    public string Split { get; init; } = "test";

    /// <summary>Split that examples are drawn from; where it is the same as <see cref="Split"/>, a row is never its own example.</summary>
    public string ShotsSplit { get; init; } = "train";

    /// <summary>Files or folders that examples are drawn from; where not set, those of <see cref="Data"/>.</summary>
    public IReadOnlyList<string> ShotsData { get; init; } = [];

    /// <summary>For .json files of one object: the key that holds the rows.</summary>
    public string? RowsKey { get; init; }

    /// <summary>Parts that are read and scored one by one, and then averaged.</summary>
    public IReadOnlyList<string> Subtasks { get; init; } = [];

    /// <summary>What stands before the examples.</summary>
    public string Description { get; init; } = "";

    /// <summary>The question.</summary>
    [Required] public string Prompt { get; init; } = "";

    /// <summary>What a model with a chat template is asked instead, as the user of a conversation; where not set, it is asked the prompt, and as plain text unless the command says otherwise.</summary>
    public string? ChatPrompt { get; init; }

    /// <summary>What stands between question and answer; nothing in conversations.</summary>
    public string Delimiter { get; init; } = " ";

    /// <summary>Choices; a single template that names a list stands for all its entries.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The right choice: its 0-based number, or one of <see cref="Labels"/>.</summary>
    public string Gold { get; init; } = "";

    /// <summary>Field that holds the choices' labels.</summary>
    public string? Labels { get; init; }

    /// <summary>Accepted answers, of a target the only one; the first also answers in examples. A single template that names a list stands for all its entries.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    /// <summary>How an example shows its answer; where not set, the first of <see cref="Answers"/>.</summary>
    public string? Shown { get; init; }

    /// <summary>Unit of a number; a power of ten at its start counts (see <see cref="NumberScore"/>).</summary>
    public string Unit { get; init; } = "";

    /// <summary>Filter that is applied to the whole prompt and to every choice.</summary>
    public string? Clean { get; init; }

    /// <summary>Examples before the question, unless the command says otherwise.</summary>
    [Range(0, 100)] public int Shots { get; init; }

    /// <summary>A file of written examples below the data folder, used instead of drawn ones: a description, then examples, each behind a blank line.</summary>
    public string? ShotsFile { get; init; }

    /// <summary>Regular expression whose matches in the written examples are replaced by <see cref="ShotsWith"/>.</summary>
    public string? ShotsReplace { get; init; }

    /// <summary>What replaces them.</summary>
    public string ShotsWith { get; init; } = "";

    /// <summary>A generated answer ends before the first of these; a single template that names a list stands for all its entries.</summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>Most tokens of a generated answer.</summary>
    [Range(1, 1 << 16)] public int MaxTokens { get; init; } = 256;

    /// <summary>Regular expression; the first group of its last match is the answer. Without a match the answer is empty.</summary>
    public string? Extract { get; init; }

    /// <summary>Of programs: their language, as <see cref="CodeLanguage"/> knows it. <c>{subtask}</c> stands for the subtask.</summary>
    public string Language { get; init; } = "";

    /// <summary>Of programs: what follows the model's part and fails where that is wrong.</summary>
    public string Tests { get; init; } = "";

    /// <summary>Of programs: how many are drawn for each problem; pass@k is given for k of 1, 10 and 100 up to it.</summary>
    [Range(1, 1000)] public int Samples { get; init; } = 1;

    /// <summary>Of programs: time of each, compiling included, in seconds; then it counts as failed.</summary>
    [Range(0.1, 3600.0)] public double Seconds { get; init; } = 10;

    /// <summary>Divides the logits of a generated answer; 0 always takes the most likely token.</summary>
    [Range(0.0, 10.0)] public double Temperature { get; init; }

    /// <summary>Draws among the most likely tokens that together reach this probability, 0–1; 1 for all.</summary>
    [Range(0.0, 1.0)] public double TopP { get; init; } = 1;

    /// <summary>Figures that others have published, by model, percent; reports show them beside a user's own.</summary>
    public IReadOnlyDictionary<string, double> Published { get; init; } = new Dictionary<string, double>();

    /// <summary>Names of the definitions that come with the program.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. typeof(TaskDefinition).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Resources, StringComparison.Ordinal)).Select(n => Path.GetFileNameWithoutExtension(n[Resources.Length..])).Order(StringComparer.Ordinal)];

    /// <summary>Finds a definition.</summary>
    /// <param name="name">One of <see cref="Known"/>, or a path of a .yaml file; either may end in <c>:SUBTASK</c>.</param>
    /// <param name="overrides">Settings that replace the definition's, as <c>max_tokens=96</c>.</param>
    /// <exception cref="UsageException">There is none, or it has faults.</exception>
    public static TaskDefinition Find(string name, IReadOnlyList<string>? overrides = null)
    {
        int colon = name.LastIndexOf(':');
        string? subtask = colon > 0 && !File.Exists(name) ? name[(colon + 1)..] : null;
        string file = subtask is null ? name : name[..colon];
        var definition = Checked(YamlRecord.Read<TaskDefinition>(Known.Contains(file) ? ReadKnown(file) : ReadFile(file), file, "name, kind, data and prompt", overrides), file);
        return subtask is null ? definition
            : definition.Subtasks.Contains(subtask) ? definition with { Subtasks = [subtask] }
            : throw new UsageException($"Task '{file}' has no part '{subtask}'. Its parts are {(definition.Subtasks.Count > 0 ? string.Join(", ", definition.Subtasks) : "none")}.");
    }

    /// <summary>The parts, each a task of its own; a task without parts is its only one.</summary>
    public IReadOnlyList<TaskDefinition> Parts()
    {
        string Named(string text, string part) => text.Replace("{subtask}", part, StringComparison.Ordinal);
        return Subtasks.Count == 0 ? [this] : [.. Subtasks.Select(s => this with
        {
            Name = $"{Name}:{s}",
            Data = [.. Data.Select(d => Named(d, s))],
            ShotsData = [.. ShotsData.Select(d => Named(d, s))],
            ShotsFile = ShotsFile is { } file ? Named(file, s) : null,
            Language = Named(Language, s),
            Subtasks = [],
        })];
    }

    /// <summary>Whether this machine has what a part needs: programs need their language.</summary>
    public bool CanBeAsked() => Scoring != TaskScoring.Execute || CodeLanguage.WhyNot(Language) is null;

    /// <summary>Whether what a model says is compared with answers that its rows hold.</summary>
    internal bool ComparesAnswers() => Kind != TaskKind.Choice && Scoring is not (TaskScoring.Execute or TaskScoring.Judge);

    /// <summary>Compiles a definition's regular expression; it may run for a second on one text.</summary>
    internal static Regex Pattern(string expression) => new(expression, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static string ReadKnown(string name)
    {
        using var reader = new StreamReader(typeof(TaskDefinition).Assembly.GetManifestResourceStream($"{Resources}{name}.yaml")!);
        return reader.ReadToEnd();
    }

    private static string ReadFile(string path)
        => (File.Exists(path) ? BoundedFile.ReadText(path, LargestFile) : null)
            ?? throw new UsageException($"There is no task '{path}'. Known are {string.Join(", ", Known)}; or name a YAML file of at most 1 MB.");

    private static TaskDefinition Checked(TaskDefinition task, string file)
    {
        string? fault = task.Kind switch
        {
            TaskKind.Choice when task.Choices.Count == 0 || task.Gold.Length == 0 => "is of kind choice and needs 'choices' and 'gold'",
            _ when task.Answers.Count == 0 && task.ComparesAnswers() && task.Scoring != TaskScoring.Drop => "needs 'answers'",
            TaskKind.Generate when task.Scoring == TaskScoring.Likelihood => "is of kind generate and needs 'scoring': exact, trivia, drop, number, translation, execute or judge",
            TaskKind.Choice or TaskKind.Target when task.Scoring != TaskScoring.Likelihood => "has a 'scoring' that only the kind generate has",
            _ when task.Scoring == TaskScoring.Execute && (task.Language.Length == 0 || task.Tests.Length == 0) => "has the scoring execute and needs 'language' and 'tests'",
            _ when task.Samples > 1 && task.Scoring != TaskScoring.Execute => "asks for several 'samples', which only the scoring execute has",
            _ when task.Samples > 1 && task.Temperature == 0 => "asks for several 'samples' at a temperature of 0, which would all be the same; set 'temperature'",
            _ => null,
        };
        foreach (string expression in new[] { task.Extract, task.ShotsReplace }.OfType<string>())
        {
            try
            {
                Pattern(expression);
            }
            catch (ArgumentException error)
            {
                fault ??= $"has the regular expression '{expression}', which is none: {error.Message}";
            }
        }

        return fault is null ? task : throw new UsageException($"Task '{file}' {fault}. Correct the definition.");
    }
}

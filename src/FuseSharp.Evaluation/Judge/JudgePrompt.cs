using FuseSharp.Errors;
using FuseSharp.Evaluation.Tasks;


namespace FuseSharp.Evaluation.Judge;

/// <summary>What a judge is asked, as the benchmark's authors wrote it.</summary>
/// <param name="System">The system message.</param>
/// <param name="Template">The question, with names in braces where texts go.</param>
public sealed record JudgePrompt(string System, string Template)
{
    /// <summary>Compares two answers.</summary>
    public const string Pair = "pair-v2";

    /// <summary>Compares two answers with a reference beside them.</summary>
    public const string PairWithReference = "pair-math-v1";

    /// <summary>Grades one answer from 1 to 10.</summary>
    public const string Single = "single-v1";

    /// <summary>Grades one answer with a reference beside it.</summary>
    public const string SingleWithReference = "single-math-v1";

    /// <summary>Reads <c>judge_prompts.jsonl</c>.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <returns>By name.</returns>
    /// <exception cref="ArtifactException">It is missing, or lacks a prompt that is needed.</exception>
    public static IReadOnlyDictionary<string, JudgePrompt> Read(string folder)
    {
        var prompts = TaskRows.Read(folder, ["judge_prompts.jsonl"], "test", null).ToDictionary(
            r => r.Fields.GetProperty("name").GetString()!,
            r => new JudgePrompt(r.Fields.GetProperty("system_prompt").GetString()!, r.Fields.GetProperty("prompt_template").GetString()!), StringComparer.Ordinal);
        foreach (string name in new[] { Pair, PairWithReference, Single, SingleWithReference })
        {
            if (!prompts.ContainsKey(name))
            {
                throw new ArtifactException($"'{Path.Combine(folder, "judge_prompts.jsonl")}' lacks the prompt '{name}'. Take the file that the benchmark's authors published.");
            }
        }

        return prompts;
    }

    /// <summary>The question with its texts; braces in them stay as they are.</summary>
    /// <param name="texts">By name.</param>
    public string Fill(IReadOnlyDictionary<string, string> texts)
    {
        var filled = new System.Text.StringBuilder();
        for (int at = 0; at < Template.Length;)
        {
            int end = Template[at] == '{' ? Template.IndexOf('}', at) : -1;
            if (end > 0 && texts.TryGetValue(Template[(at + 1)..end], out string? text))
            {
                filled.Append(text);
                at = end + 1;
            }
            else
            {
                filled.Append(Template[at++]);
            }
        }

        return filled.ToString();
    }
}

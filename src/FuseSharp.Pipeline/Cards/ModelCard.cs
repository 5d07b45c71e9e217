using System.Text.Json;
using FuseSharp.Files;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Pipeline.Cards;

/// <summary>What a model's folder says of itself to people and to hubs: README.md with its front matter.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Parts">The models that it was made of.</param>
/// <param name="Datasets">Ids on Hugging Face of the texts, as far as they are known to be of there: hubs look them up.</param>
public sealed record ModelCard(string Title, IReadOnlyList<ModelOrigin> Parts, IReadOnlyList<string> Datasets)
{
    /// <summary>What made it, with its version.</summary>
    internal static string Program => $"FuseSharp {typeof(ModelCard).Assembly.GetName().Version?.ToString(3) ?? "0"}";

    /// <summary>What loads the folder: <c>transformers</c>, or <c>peft</c> for adapters.</summary>
    public string Library { get; init; } = "transformers";

    /// <summary>What stands below the heading, in Markdown.</summary>
    public IReadOnlyList<string> Paragraphs { get; init; } = [];

    /// <summary>Writes it, unless a file of somebody else has its name.</summary>
    /// <param name="folder">The model's.</param>
    public void Write(string folder)
    {
        string file = Path.Combine(folder, ModelCardFile.Name);
        if (!File.Exists(file) || ModelCardFile.IsOurs(file))
        {
            Durable.WriteText(file, ToMarkdown());
        }
    }

    /// <summary>The whole file.</summary>
    public string ToMarkdown()
    {
        var text = new List<string> { "---" };
        string[] licenses = [.. Parts.Select(p => p.License).OfType<string>().Distinct()];
        if (Parts.Count > 0 && Parts.All(p => p.License is not null))
        {
            text.Add(licenses.Length == 1 ? $"license: {Quoted(licenses[0])}" : "license: other");
        }

        List("base_model", Parts.Select(p => p.Name));
        List("datasets", Datasets);
        List("tags", ["fusesharp"]);
        text.AddRange([$"library_name: {Library}", "pipeline_tag: text-generation", "---", "", ModelCardFile.Mark, "", $"# {Title}"]);
        text.AddRange(Paragraphs.SelectMany(p => new[] { "", p.TrimEnd() }));
        if (Parts.Count > 0)
        {
            text.AddRange(["", "## Licenses of its parts", "", "| model | license |", "| --- | --- |"]);
            text.AddRange(Parts.Select(p => $"| {p.Name} | {p.License ?? "not known: look it up before you pass this model on"} |"));
        }

        return string.Join('\n', text) + "\n";

        void List(string key, IEnumerable<string> values)
        {
            string[] all = [.. values.Distinct()];
            text.AddRange(all.Length == 0 ? [] : [$"{key}:", .. all.Select(v => $"- {Quoted(v)}")]);
        }
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text, ArtifactJson.Line);
}

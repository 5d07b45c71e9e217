using System.Text.Json;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A whole fusion that takes seconds: the demo's three models on a few made-up texts of two domains.</summary>
internal static class TinyFusion
{
    private static readonly string[] _subjects = ["The reader", "A certificate", "This method", "The socket", "Each element", "An exception"];
    private static readonly string[] _verbs = ["returns", "writes", "validates", "closes", "contains", "throws"];
    private static readonly string[] _objects = ["the next node of the document", "a byte array", "the remote endpoint", "an XML attribute", "the signature of the message", "null for an empty stream"];

    /// <summary>Settings that keep it small, as the command line takes them.</summary>
    public static readonly string[] Settings = ["--set", "represent.precision=float32", "--set", "train.precision=float32", "--set", "evaluate.precision=float32"];

    /// <summary>Writes texts and recipe.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="output">Name of the run's folder in it.</param>
    /// <returns>Path of the recipe.</returns>
    public static string Write(ScratchFolder folder, string output = "run")
    {
        foreach (string domain in new[] { "letters", "numbers" })
        {
            File.WriteAllLines(folder.At($"{domain}.jsonl"), Documents(domain).Select(d => JsonSerializer.Serialize(new { text = d })));
        }

        string recipe = folder.At($"{output}.yaml");
        File.WriteAllText(recipe, $"""
            output: {output}
            target: {Model("security")}
            sources:
              - {Model("data")}
              - {Model("web")}
            texts:
              letters: letters.jsonl
              numbers: numbers.jsonl
            split:
              max_length: 128
            train:
              batch_size: 4
              learning_rate: 0.001
              evaluate_every: 0
              checkpoint_every: 2
            generate:
              prompt: "The reader"
              max_tokens: 5
            """);
        return recipe;
    }

    /// <summary>One of the demo's models.</summary>
    public static string Model(string name) => DemoModels.Path(name);

    private static IEnumerable<string> Documents(string domain)
    {
        var random = new Random(domain.Length);
        T Any<T>(T[] of) => of[random.Next(of.Length)];
        for (int i = 0; i < 40; i++)
        {
            yield return $"{domain} {i}: " + string.Join(". ", Enumerable.Range(0, 5 + random.Next(8)).Select(_ => $"{Any(_subjects)} {Any(_verbs)} {Any(_objects)}")) + ".";
        }
    }
}

using System.Globalization;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A whole fusion of conversations that takes seconds: the demo's three models, each in a chat template of its own.</summary>
internal static class TinyConversations
{
    /// <summary>Writes texts and recipe; the last conversation ends with a question.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="setting">One more setting of the recipe, a line of YAML; "" for none.</param>
    /// <param name="output">Name of the run's folder in it.</param>
    /// <returns>Path of the recipe.</returns>
    public static string Write(ScratchFolder folder, string setting = "", string output = "run")
    {
        File.WriteAllLines(folder.At("chat.jsonl"), [.. Enumerable.Range(1, 40).Select(n => Row(1 + (n % 3), n)), """{"messages": [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "Milk?"}]}"""]);
        string recipe = folder.At($"{output}.yaml");
        File.WriteAllText(recipe, $"""
            output: {output}
            target: {TinyFusion.Model("security")}
            sources: [{TinyFusion.Model("data")}, {TinyFusion.Model("web")}]
            texts:
              chat: chat.jsonl
            {(setting.StartsWith("chat", StringComparison.Ordinal) ? setting : "chat: { templates: { security: chatml, data: vicuna, web: mistral } }\n" + setting)}
            split: {"{ max_length: 128 }"}
            represent: {"{ top_k: 8, precision: float32 }"}
            baselines: {"{ ensemble: true }"}
            train: {"{ epochs: 1, batch_size: 4, learning_rate: 0.001, evaluate_every: 0, precision: float32 }"}
            evaluate: {"{ precision: float32, samples: 1 }"}
            generate: {"{ max_tokens: 3 }"}
            """);
        return recipe;
    }

    /// <summary>A conversation as a line of JSON.</summary>
    /// <param name="turns">Questions with an answer.</param>
    /// <param name="n">What the questions are about.</param>
    public static string Row(int turns, int n = 0)
        => string.Create(CultureInfo.InvariantCulture, $$"""{"messages": [{"role": "system", "content": "Be brief."}, {{string.Join(", ", Enumerable.Range(0, turns).Select(t => string.Create(CultureInfo.InvariantCulture, $$"""{"role": "user", "content": "What is {{t + n}} and 1?"}, {"role": "assistant", "content": "It is {{t + n + 1}}, of course."}""")))}}]}""");
}

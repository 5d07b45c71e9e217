using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FuseSharp.Models.Configuration;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Models.Export;

/// <summary>Ollama's Modelfile for an exported file: <c>ollama create NAME -f Modelfile</c>.</summary>
public static class OllamaModelfile
{
    /// <summary>What Ollama's file is called.</summary>
    public const string Name = "Modelfile";

    /// <summary>How ours begin: one that a user wrote is not replaced.</summary>
    public const string FirstLine = "# Written by fusesharp: ollama create NAME -f Modelfile";

    private const string Quotes = "\"\"\"";

    // generation_config.json's keys to Ollama's.
    private static readonly (string Key, string Parameter)[] _parameters = [("temperature", "temperature"), ("top_k", "top_k"), ("top_p", "top_p"), ("min_p", "min_p"), ("repetition_penalty", "repeat_penalty")];

    /// <summary>Writes it: the file, how generation_config.json draws, the tokens that end an answer, and the chat template where Ollama's language can say it.</summary>
    /// <param name="gguf">The exported file's name in the same folder.</param>
    /// <param name="model">The model that was exported: a folder or a GGUF file.</param>
    /// <returns>The text, and whether the model has a template that is not in it: Ollama then looks at the one in the GGUF file, which it only knows if it is a published one.</returns>
    /// <exception cref="Errors.ModelException">A part of the model is missing or damaged.</exception>
    public static (string Text, bool LacksTemplate) Write(string gguf, string model)
    {
        var config = ModelConfig.Read(model);
        var tokenizer = TokenizerFolder.Load(model);
        var text = new StringBuilder($"{FirstLine}\nFROM ./{gguf}\n");
        var template = ChatTemplate.Find(model);
        string beginning = tokenizer is { AddsBeginningOfText: true, BeginningOfTextId: { } id } ? tokenizer.Vocabulary[id] : "";
        string? written = template is not null && OllamaTemplate.Find(template, beginning) is { } found && !found.Contains(Quotes, StringComparison.Ordinal) && !found.EndsWith('"') ? found : null;
        if (written is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"TEMPLATE {Quotes}{written}{Quotes}\n");
        }

        foreach (var (key, parameter) in _parameters)
        {
            if (config.Generation?[key] is JsonValue value && value.TryGetValue(out double number))
            {
                text.Append(CultureInfo.InvariantCulture, $"PARAMETER {parameter} {(key == "temperature" && IsGreedy(config) ? 0 : number)}\n");
            }
        }

        if (IsGreedy(config) && config.Generation?["temperature"] is null)
        {
            text.Append("PARAMETER temperature 0\n");
        }

        foreach (string end in config.EndIds.Where(i => i >= 0 && i < tokenizer.Vocabulary.Count).Select(i => tokenizer.Vocabulary[i]).Where(t => !t.Contains('"', StringComparison.Ordinal)).Distinct())
        {
            text.Append(CultureInfo.InvariantCulture, $"PARAMETER stop \"{end}\"\n");
        }

        return (text.ToString(), template is not null && written is null);
    }

    // transformers takes the likeliest token unless do_sample is true; a file that does not say it leaves Ollama its own default.
    private static bool IsGreedy(ModelConfig config) => config.Generation?["do_sample"] is JsonValue value && value.TryGetValue(out bool draws) && !draws;
}

using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Pipeline.Generate;

/// <summary>A prompt of a file.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Prompt">As it stands there; null for a conversation.</param>
/// <param name="Messages">A conversation; null for a plain prompt.</param>
internal sealed record PromptRow(string Place, string? Prompt, IReadOnlyList<ChatMessage>? Messages)
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web);

    /// <summary>Reads a file: JSON Lines with <c>prompt</c> or <c>messages</c>, or text with a prompt a line; also compressed (.gz, .zst).</summary>
    /// <exception cref="UsageException">A line is damaged or there is none.</exception>
    public static List<PromptRow> Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new UsageException($"There is no file of prompts at '{file}'. Name a .jsonl or .txt file of prompts.");
        }

        bool isJson = Path.GetFileName(file).Contains(".jsonl", StringComparison.OrdinalIgnoreCase);
        var rows = new List<PromptRow>();
        foreach (var (line, fault, place) in PlainTexts.Lines(file))
        {
            rows.Add(fault is not null ? throw new UsageException($"{place} {fault}") : isJson ? OfJson(line, place) : new PromptRow(place, line, null));
        }

        return rows.Count > 0 ? rows : throw new UsageException($"'{file}' holds no prompt. Expected one a line.");
    }

    /// <summary>The text that the model reads.</summary>
    /// <param name="template">Of chat models; null to go on from plain prompts.</param>
    /// <exception cref="UsageException">A conversation and no template.</exception>
    public string TextFor(ChatTemplate? template)
        => template is not null ? template.Render(Messages ?? [new ChatMessage("user", Prompt!)])
            : Prompt ?? throw new UsageException($"{Place} is a conversation. Turn on chat, which writes it with the model's chat template.");

    private static PromptRow OfJson(string line, string place)
    {
        try
        {
            var row = JsonSerializer.Deserialize<Fields>(line, _options);
            return row is { Messages: { Count: > 0 } messages } && messages.All(m => m is { Role: not null, Content: not null }) ? new PromptRow(place, null, messages)
                : row is { Prompt: { } prompt } ? new PromptRow(place, prompt, null)
                : throw new UsageException($"{place} has neither a text 'prompt' nor 'messages' of texts 'role' and 'content'. Add one of them.");
        }
        catch (JsonException fault)
        {
            throw new UsageException($"{place} is not a prompt: {fault.Message} Expected a JSON object with 'prompt' or 'messages'.", fault);
        }
    }

    private sealed record Fields(string? Prompt, List<ChatMessage>? Messages);
}

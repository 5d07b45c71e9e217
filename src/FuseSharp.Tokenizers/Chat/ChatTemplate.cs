using System.Text;
using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Jinja;

namespace FuseSharp.Tokenizers.Chat;

/// <summary>Writes a conversation as the text that a chat model was trained on, by the Jinja template beside its tokenizer.</summary>
/// <remarks>
/// The part of Jinja that published templates use, with Hugging Face's white space rules. A template is not trusted: it reaches nothing but the messages,
/// and its steps, its texts and its depth are bounded. Immutable and safe to use from several threads.
/// </remarks>
public sealed class ChatTemplate
{
    // The longest published ones have some 20 KB.
    private const int LongestSource = 1 << 20;

    private readonly string _path;
    private readonly IReadOnlyList<Statement> _statements;
    private readonly TokenizerConfig _config;

    private ChatTemplate(string path, string source, TokenizerConfig config)
    {
        _path = path;
        _config = config;
        Source = source;
        try
        {
            _statements = TemplateParser.Parse(source.Length <= LongestSource ? source : throw new TemplateException(0, "is longer than a mebibyte"));
        }
        catch (TemplateException fault)
        {
            throw Error(fault);
        }
    }

    /// <summary>The template itself.</summary>
    public string Source { get; }

    /// <summary>Finds the template of a model: <c>chat_template.jinja</c>, or "chat_template" in <c>tokenizer_config.json</c> or in a GGUF file's metadata.</summary>
    /// <param name="model">A model's folder or a GGUF file.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="ModelException">It is no template that is understood.</exception>
    public static ChatTemplate? Find(string model)
    {
        var files = TokenizerFiles.Read(model);
        var config = TokenizerConfig.Read(files);
        if (files.Contents.TryGetValue("chat_template.jinja", out byte[]? bytes))
        {
            return new ChatTemplate(files.PathOf("chat_template.jinja"), Encoding.UTF8.GetString(bytes), config);
        }

        return files.Find(TokenizerFileNames.Config)?.Find("chat_template") is { } entry && SourceOf(entry) is { } source
            ? new ChatTemplate(files.PathOf(TokenizerFileNames.Config), source, config) : null;
    }

    /// <summary>Writes a conversation.</summary>
    /// <param name="messages">Its turns in order.</param>
    /// <param name="addsGenerationPrompt">Whether what begins the assistant's next turn stands at the end.</param>
    /// <param name="today">For templates that show the date; null for the system's.</param>
    /// <returns>Text that already holds the tokens that stand before every text; see <see cref="Tokenizers.ITokenizer.Encode"/>.</returns>
    /// <exception cref="ModelException">The template refuses the conversation, fails, or goes beyond its bounds.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addsGenerationPrompt = true, DateTimeOffset? today = null)
    {
        var names = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["messages"] = messages.Select(m => (object?)new TemplateMapping { ["role"] = m.Role, ["content"] = m.Content }).ToList(),
            ["add_generation_prompt"] = addsGenerationPrompt,
            ["tools"] = null,
            ["documents"] = null,
        };
        foreach (string role in TokenizerConfig.RoleNames)
        {
            if (_config.Role(role) is { } token)
            {
                names[role] = token;
            }
        }

        try
        {
            return new TemplateRun(today ?? TimeProvider.System.GetLocalNow()).Render(_statements, names);
        }
        catch (TemplateException fault)
        {
            throw Error(fault);
        }
    }

    // One template, or several with names, of which "default" is meant.
    private static string? SourceOf(JsonPart entry)
        => entry.Kind switch
        {
            JsonValueKind.String => entry.Text(),
            JsonValueKind.Array => entry.Items().Where(i => i.Field("name").Text() == "default").Select(i => i.Field("template").Text()).LastOrDefault(),
            JsonValueKind.Object => entry.Find("default")?.Text(),
            _ => throw entry.Error("a template, or several with names"),
        };

    private ModelException Error(TemplateException fault)
        => new(FormattableString.Invariant($"The chat template of '{_path}'{(fault.Line > 0 ? $", line {fault.Line}," : "")} {LibraryErrors.OneLine(fault)} Send other messages, or give plain prompts."));
}

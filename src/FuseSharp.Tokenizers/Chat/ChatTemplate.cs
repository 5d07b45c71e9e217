using System.Text;
using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Files;
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

    private const string FileEnding = ".jinja";

    private static readonly string[] _endMarks = ["<|im_end|>", "<|eot_id|>"];

    private readonly string _path;
    private readonly IReadOnlyList<Statement> _statements;
    private readonly Func<string, string?> _roleOf;

    private ChatTemplate(string path, string source, Func<string, string?> roleOf)
    {
        _path = path;
        _roleOf = roleOf;
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

    /// <summary>The file of a template in a model's folder.</summary>
    public const string FileName = "chat_template.jinja";

    /// <summary>The well-known templates that every model can use.</summary>
    public static IReadOnlyList<string> Names { get; } = ["chatml", "llama2", "llama3", "mistral", "zephyr", "vicuna", "alpaca"];

    /// <summary>Where it was found: a file, or the name of a well-known one.</summary>
    public string Path => _path;

    /// <summary>The template itself.</summary>
    public string Source { get; }

    /// <summary>Finds the template of a model: <c>chat_template.jinja</c>, or "chat_template" in <c>tokenizer_config.json</c> or in a GGUF file's metadata.</summary>
    /// <param name="model">A model's folder or a GGUF file.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="ModelException">It is no template that is understood.</exception>
    public static ChatTemplate? Find(string model)
    {
        var files = TokenizerFiles.Read(model);
        Func<string, string?> roleOf = TokenizerConfig.Read(files).Role;
        if (files.Contents.TryGetValue(FileName, out byte[]? bytes))
        {
            return new ChatTemplate(files.PathOf(FileName), Encoding.UTF8.GetString(bytes), roleOf);
        }

        return files.Find(TokenizerFileNames.Config)?.Find("chat_template") is { } entry && SourceOf(entry) is { } source
            ? new ChatTemplate(files.PathOf(TokenizerFileNames.Config), source, roleOf) : null;
    }

    /// <summary>The template of another model, or one from a file, read with a model's own special tokens.</summary>
    /// <param name="source">The template, Jinja.</param>
    /// <param name="model">The folder of the model, or a GGUF file, whose <c>bos_token</c> and <c>eos_token</c> the template writes.</param>
    /// <param name="path">What messages call it; null for the model.</param>
    /// <exception cref="ModelException">It is no template that is understood.</exception>
    public static ChatTemplate FromSource(string source, string model, string? path = null) => new(path ?? model, source, TokenizerConfig.Read(TokenizerFiles.Read(model)).Role);

    /// <summary>The same with given special tokens.</summary>
    internal static ChatTemplate FromSource(string source, IReadOnlyDictionary<string, string?> roles, string path) => new(path, source, roles.GetValueOrDefault);

    /// <summary>A well-known template, or one from a file, for a model that has none.</summary>
    /// <remarks>Where the model's vocabulary lacks the mark by which a well-known template ends a turn, its end-of-text token stands there: an end of several ordinary tokens is none that a program stops at.</remarks>
    /// <param name="name">One of <see cref="Names"/>, or the path of a file.</param>
    /// <param name="model">The folder of the model, or a GGUF file, whose special tokens the template writes.</param>
    /// <exception cref="UsageException">There is no such template.</exception>
    /// <exception cref="ModelException">It is no template that is understood.</exception>
    public static ChatTemplate FromName(string name, string model)
    {
        if (Names.Contains(name))
        {
            using var resource = new StreamReader(typeof(ChatTemplate).Assembly.GetManifestResourceStream(name + FileEnding)!);
            string source = resource.ReadToEnd();
            string? mark = _endMarks.FirstOrDefault(m => source.Contains(m, StringComparison.Ordinal));
            bool isKnown = mark is null || TokenizerFolder.Load(model).Vocabulary.Contains(mark);
            return FromSource(isKnown ? source : source.Replace($"'{mark}'", "eos_token", StringComparison.Ordinal), model, name);
        }

        return !File.Exists(name) ? throw new UsageException($"There is no chat template '{name}'. Name a file, or one of {string.Join(", ", Names)}.")
            : FromSource(BoundedFile.ReadText(name, LongestSource) ?? throw new UsageException($"'{name}' is larger than a mebibyte: no chat template. Name another file."), model, name);
    }

    /// <summary>Writes a conversation.</summary>
    /// <param name="messages">Its turns in order.</param>
    /// <param name="addsGenerationPrompt">Whether what begins the assistant's next turn stands at the end.</param>
    /// <param name="today">For templates that show the date; null for the system's.</param>
    /// <param name="settings">What else the template reads, such as <c>enable_thinking</c>; null for nothing.</param>
    /// <returns>Text that already holds the tokens that stand before every text; see <see cref="Tokenizers.ITokenizer.Encode"/>.</returns>
    /// <exception cref="ModelException">The template refuses the conversation, fails, or goes beyond its bounds.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addsGenerationPrompt = true, DateTimeOffset? today = null, IReadOnlyDictionary<string, JsonElement>? settings = null)
    {
        var names = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["messages"] = messages.Select(m => (object?)TemplateMessage.FromMessage(m)).ToList(),
            ["add_generation_prompt"] = addsGenerationPrompt,
            ["tools"] = null,
            ["documents"] = null,
        };
        foreach (string role in TokenizerConfig.RoleNames)
        {
            if (_roleOf(role) is { } token)
            {
                names[role] = token;
            }
        }

        foreach (var (name, value) in settings ?? new Dictionary<string, JsonElement>())
        {
            names[name] = TemplateMessage.Value(value);
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

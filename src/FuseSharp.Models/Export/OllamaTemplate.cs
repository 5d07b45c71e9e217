using System.Text;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Models.Export;

/// <summary>A chat template in Ollama's language, for templates that put every message between two texts by its role and do nothing else.</summary>
/// <remarks>Found by asking: what stands before and after a message is read off short conversations, and must then give others letter by letter. A template that trims, adds a system message or refuses one is none of these.</remarks>
internal static class OllamaTemplate
{
    private static readonly string[] _roles = ["system", "user", "assistant"];

    // Contents that a template would change which trims, or treats empty ones otherwise.
    private static readonly string[] _contents = ["One?", " two\n", "three\n\nlines ", "4"];

    // Each tried with and without the beginning of an answer.
    private static readonly string[][] _conversations =
    [
        ["user"], ["system", "user"], ["user", "assistant", "user"], ["system", "user", "assistant", "user"], ["user", "assistant", "user", "assistant"], ["system", "user", "assistant", "user", "assistant", "user"],
    ];

    /// <summary>The template; null where this language cannot say what it does.</summary>
    /// <param name="template">Of the model.</param>
    /// <param name="beginning">The token that stands before every text, which Ollama writes itself; empty for none.</param>
    public static string? Find(ChatTemplate template, string beginning)
    {
        try
        {
            return Pieces(template, beginning) is { } pieces && _conversations.All(c => Fits(template, beginning, pieces, c)) ? Write(pieces) : null;
        }
        catch (ModelException)
        {
            return null; // it refuses one of the conversations
        }
    }

    private static Parts? Pieces(ChatTemplate template, string beginning)
    {
        string Text(bool answers, params string[] roles) => template.Render([.. roles.Select((r, i) => new ChatMessage(r, Mark(i)))], answers);
        string user = Text(false, "user");
        string[] three = Split(Text(false, "user", "assistant", "user"), 3);
        string[] two = Split(Text(false, "system", "user"), 2);
        if (!user.StartsWith(beginning, StringComparison.Ordinal) || Split(user[beginning.Length..], 1) is not [var beforeUser, var afterUser] || three.Length != 4 || two.Length != 3
            || !three[1].StartsWith(afterUser, StringComparison.Ordinal) || !three[2].EndsWith(beforeUser, StringComparison.Ordinal)
            || !two[0].StartsWith(beginning, StringComparison.Ordinal) || !two[1].EndsWith(beforeUser, StringComparison.Ordinal)
            || Text(true, "user") is not { } asked || !asked.StartsWith(user, StringComparison.Ordinal))
        {
            return null;
        }

        return new Parts(
            new Dictionary<string, (string, string)>(StringComparer.Ordinal)
            {
                ["system"] = (two[0][beginning.Length..], two[1][..^beforeUser.Length]),
                ["user"] = (beforeUser, afterUser),
                ["assistant"] = (three[1][afterUser.Length..], three[2][..^beforeUser.Length]),
            },
            asked[user.Length..]);
    }

    private static bool Fits(ChatTemplate template, string beginning, Parts parts, string[] roles)
    {
        var messages = roles.Select((r, i) => new ChatMessage(r, _contents[i % _contents.Length])).ToList();
        string whole = beginning + string.Concat(messages.Select(m => parts.Around[m.Role].Before + m.Content + parts.Around[m.Role].After));
        return template.Render(messages, addsGenerationPrompt: false) == whole && template.Render(messages) == whole + parts.Answer;
    }

    private static string Write(Parts parts)
    {
        var text = new StringBuilder("{{ range .Messages }}");
        for (int i = 0; i < _roles.Length; i++)
        {
            var (before, after) = parts.Around[_roles[i]];
            text.Append(i == 0 ? "{{ if" : "{{ else if").Append(" eq .Role \"").Append(_roles[i]).Append("\" }}").Append(Literal(before)).Append("{{ .Content }}").Append(Literal(after));
        }

        return text.Append("{{ end }}{{ end }}").Append(Literal(parts.Answer)).ToString();
    }

    private static string Literal(string text) => text.Replace("{{", "{{ \"{{\" }}", StringComparison.Ordinal);

    private static string Mark(int number) => FormattableString.Invariant($"Mark{number}x");

    private static string[] Split(string text, int marks) => text.Split([.. Enumerable.Range(0, marks).Select(Mark)], StringSplitOptions.None);

    private sealed record Parts(IReadOnlyDictionary<string, (string Before, string After)> Around, string Answer);
}

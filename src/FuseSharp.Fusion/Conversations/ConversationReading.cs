using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Fusion.Conversations;

/// <summary>Which domains hold conversations, and how every model reads them: settled when texts are split, and kept in that stage's manifest for all that follow.</summary>
/// <param name="Domains">Domains that hold conversations.</param>
/// <param name="TrainOn">Which messages are learned.</param>
/// <param name="Date">The day that templates write which show the date.</param>
/// <param name="Templates">The Jinja template of each model that was there, by its name; the target's first.</param>
public sealed record ConversationReading(IReadOnlyList<string> Domains, LearnedTurns TrainOn, string Date, IReadOnlyList<NamedTemplate> Templates)
{
    /// <summary>The option of a manifest that holds it.</summary>
    public const string Name = "conversations";

    /// <summary>Settles it for some models.</summary>
    /// <param name="domains">Domains that hold conversations.</param>
    /// <param name="options">The user's wishes.</param>
    /// <param name="models">Name and folder of each model, the target first.</param>
    /// <exception cref="UsageException">A model has no template, nor has the target; a template is named for a model that is none of them.</exception>
    /// <exception cref="ModelException">A template is not understood.</exception>
    public static ConversationReading Create(IReadOnlyList<string> domains, ChatOptions options, IReadOnlyList<(string Name, string Path)> models)
    {
        string[] names = [.. models.Select(m => m.Name)];
        if (options.Templates.Keys.FirstOrDefault(n => !names.Contains(n)) is { } stranger)
        {
            throw new UsageException($"'chat.templates' names '{stranger}', which is none of the models: {string.Join(", ", names)}. Use the names of their folders.");
        }

        string? Own((string Name, string Path) model)
            => options.Templates.TryGetValue(model.Name, out string? named) ? ChatTemplate.FromName(named, model.Path).Source : ChatTemplate.Find(model.Path)?.Source;

        string? ofTarget = Own(models[0]);
        var templates = models.Select((m, i) => new NamedTemplate(m.Name, (i == 0 ? ofTarget : Own(m) ?? ofTarget)
            ?? throw new UsageException($"The texts hold conversations, but {m.Name} has no chat template{(i == 0 ? "" : ", and neither has the target")}. Name one in the recipe: 'chat.templates: {{ {m.Name}: chatml }}'.")));
        return new(domains, options.TrainOn, options.Date, [.. templates]);
    }

    /// <summary>What a manifest says; null where its texts hold no conversations.</summary>
    /// <param name="manifest">Of the split stage.</param>
    /// <exception cref="ArtifactException">It is of another kind.</exception>
    public static ConversationReading? Read(Manifest manifest)
    {
        try
        {
            return manifest.Options.TryGetProperty(Name, out var json) ? json.Deserialize<ConversationReading>(ArtifactJson.Options) : null;
        }
        catch (JsonException fault)
        {
            throw new ArtifactException($"The manifest of 'split' does not say how conversations are read: {LibraryErrors.OneLine(fault)} Run 'split' again.", fault);
        }
    }

    /// <summary>What encodes conversations for a model.</summary>
    /// <param name="name">Its name; one that was not there when the texts were split reads by its own template, or else by the target's.</param>
    /// <param name="path">Its folder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <exception cref="ModelException">Its template is not understood.</exception>
    public ConversationEncoder EncoderOf(string name, string path, ITokenizer tokenizer)
    {
        string source = Templates.FirstOrDefault(t => t.Model == name)?.Source ?? ChatTemplate.Find(path)?.Source ?? Templates[0].Source;
        return ConversationEncoder.Create(tokenizer, ChatTemplate.FromSource(source, path), TrainOn, new ChatOptions { Date = Date }.Day());
    }
}

using FuseSharp.Errors;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Split;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Pipeline.Check;

/// <summary>Looks how the models of a recipe read the first conversation of each domain.</summary>
public static class ConversationCheck
{
    /// <summary>What goes wrong with conversations, a line each.</summary>
    /// <param name="recipe">Its models and texts are there.</param>
    internal static IEnumerable<string> ErrorsOf(Recipe recipe)
    {
        if (!recipe.HoldsConversations())
        {
            yield break;
        }

        if (recipe.Align is not { Alignment: AlignmentMethod.Boundary, Projection: TokenProjection.FirstToken } && recipe.Sources.Count > 0)
        {
            yield return "The texts hold conversations, which are aligned by the bytes of their answers only. Use 'align.alignment: boundary' and 'align.projection: first_token', or leave both out.";
        }

        foreach (string written in recipe.Texts.Where(t => t.Value.IsWritten && DomainTexts.HoldsConversations(t.Value)).Select(t => t.Key))
        {
            yield return $"'texts.{written}' is written by models, as plain texts, and its other texts are conversations, expected plain texts there too. Make two domains of them.";
        }

        foreach (var shown in recipe.Store.SkipBadDocuments ? [] : Show(recipe))
        {
            if (shown.Error is { } error)
            {
                yield return error;
            }
        }
    }

    /// <summary>The first conversation of each domain as each model reads it.</summary>
    /// <param name="recipe">Its models and texts are there.</param>
    /// <exception cref="UsageException">A model has no template, nor has the target.</exception>
    public static IEnumerable<ShownConversation> Show(Recipe recipe)
    {
        if (SplitOf(recipe, out var models) is not { } split)
        {
            yield break;
        }

        foreach (string domain in split.Reading.Domains)
        {
            var first = Enum.GetValues<DataSplit>().SelectMany(s => DomainTexts.Read(recipe.Texts[domain], s).Where(d => d.Conversation is not null).Take(1)).First();
            foreach (var (model, encoder) in models.Zip(split.Encoders))
            {
                yield return ShownConversation.Create(domain, model.Name, model.Tokenizer, encoder, first);
            }
        }
    }

    /// <summary>What hardly anyone wants of conversations.</summary>
    internal static IEnumerable<string> WarningsOf(Recipe recipe)
        => SplitOf(recipe, out var models) is { } split && split.Encoders[0].Reading!.EndsOfTurn.Count == 0
            ? [$"The chat template of {models[0].Name} has no special token right behind answers, so that nothing teaches when to stop. Give it one that has, by 'chat.templates'."] : [];

    private static ConversationSplit? SplitOf(Recipe recipe, out List<(string Name, string Path, ITokenizer Tokenizer)> models)
    {
        models = [];
        if (!recipe.HoldsConversations())
        {
            return null; // before tokenizers are loaded
        }

        models = [.. recipe.Models.Select(m => (m.Name, m.Files, TokenizerFolder.Load(m.Files)))];
        return ConversationSplit.Create(recipe.Texts, recipe.Chat, models);
    }
}

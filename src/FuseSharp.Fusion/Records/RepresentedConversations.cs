using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Fusion.Records;

/// <summary>How a model reads conversations, as the manifest of its representations says it.</summary>
/// <param name="Template">Its template, Jinja.</param>
/// <param name="EndsOfTurn">Ids of the model's tokens that end an answer, the usual one first; none where ordinary text ends it.</param>
public sealed record RepresentedConversations(string Template, IReadOnlyList<int> EndsOfTurn)
{
    /// <summary>What stands in a manifest; null where the texts hold no conversations.</summary>
    /// <exception cref="ArtifactException">It is of another kind.</exception>
    public static RepresentedConversations? Read(Manifest manifest)
    {
        if (!manifest.Options.TryGetProperty(ConversationReading.Name, out var json) || json.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        try
        {
            return json.Deserialize<RepresentedConversations>(ArtifactJson.Options);
        }
        catch (JsonException fault)
        {
            throw new ArtifactException($"The manifest of '{manifest.Stage}' does not say how conversations were read: {LibraryErrors.OneLine(fault)} Make the stage again.", fault);
        }
    }
}

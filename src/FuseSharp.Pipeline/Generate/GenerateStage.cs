using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Pipeline.Generate;

/// <summary>Continues all prompts of a file.</summary>
/// <remarks>
/// Finished continuations go to <c>OUTPUT.journal</c> one by one; the output appears when all are there, in the order of the prompts. The same call goes on
/// from the journal of one that was killed. What is written does not depend on the batch size or on interruptions.
/// </remarks>
/// <param name="model">Only read.</param>
/// <param name="options">How; the prompt of the options is not read.</param>
/// <param name="template">Writes prompts as conversations; null to go on from plain prompts.</param>
/// <param name="batchSize">Most continuations side by side, at least 1.</param>
public sealed class GenerateStage(LanguageModel model, GenerateOptions options, ChatTemplate? template, int batchSize)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Runs it.</summary>
    /// <param name="prompts">JSON Lines with <c>prompt</c> or <c>messages</c>, or text with a prompt a line.</param>
    /// <param name="output">JSON Lines with <c>index</c>, the prompt, <c>text</c>, <c>tokens</c> and <c>finish</c>.</param>
    /// <param name="context">Gets prompts; its cancellation ends it between two tokens.</param>
    /// <exception cref="UsageException">A prompt is damaged or too long, the output exists, or its journal belongs to other settings.</exception>
    public void Run(string prompts, string output, StageContext context)
    {
        var (progress, cancellation) = context;
        if (File.Exists(output))
        {
            throw new UsageException($"'{output}' exists already. Remove it, or name another output.");
        }

        var rows = PromptRow.Read(prompts);
        int[][] ids = [.. rows.Select(IdsOf)];
        using var journal = new JsonJournal<ContinuationRow>(output + ".journal", KeyOf(prompts), _json);
        var done = new SortedDictionary<int, ContinuationRow>(journal.Known.ToDictionary(r => r.Index));
        using (var bar = progress.Start("generate", rows.Count, "prompts"))
        {
            bar.Skip(done.Count);
            var open = Enumerable.Range(0, rows.Count).Where(i => !done.ContainsKey(i)).Select(i => (i, ids[i])).ToList();
            journal.Keep("continuations", () => new TextGenerator(model, options).Generate(open, batchSize, (place, written) =>
            {
                done[place] = new ContinuationRow(place, rows[place].Prompt, rows[place].Messages, written.Text, written.Tokens.Count, written.Finish!.Value);
                journal.Add(done[place]);
                bar.Advance(1);
            }, cancellation), cancellation);
            bar.Complete();
        }

        Durable.WriteText(output, string.Concat(done.Values.Select(r => JsonSerializer.Serialize(r, _json) + "\n")));
        journal.Remove();
    }

    private int[] IdsOf(PromptRow row)
    {
        int[] ids = model.PromptIds(row.TextFor(template), isConversation: template is not null);
        int context = model.Network.Config.ContextLength;
        return ids.Length < context ? ids
            : throw new UsageException(FormattableString.Invariant($"{row.Place} has {ids.Length:N0} tokens, which leave no room in the context of {model.Name}, {context:N0} tokens. Shorten the prompt."));
    }

    private string KeyOf(string prompts)
    {
        string settings = JsonSerializer.Serialize(new { options, template = template?.Source, prompts = FileFingerprint.OfFiles([prompts]), model = LanguageModel.Fingerprint(model.Path) }, _json);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings)));
    }
}

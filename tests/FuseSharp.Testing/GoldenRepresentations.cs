using System.Text.Json;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;

namespace FuseSharp.Testing;

/// <summary>The reference's stored representations as this project's records.</summary>
public static class GoldenRepresentations
{
    /// <summary>A small golden's documents, in order, each with its split.</summary>
    public static IEnumerable<(string Split, Representation Document)> Small(string model, ITokenizer tokenizer)
        => FuseLlmGoldens.Lines("small", "represent", model + ".jsonl").Zip(FuseLlmGoldens.Lines("small", "split.jsonl"), (line, text)
            => (line.GetProperty("split").GetString()!, Of(line, text.GetProperty("text").GetString()!, tokenizer)));

    /// <summary>The real golden's documents, in order.</summary>
    public static IEnumerable<Representation> Real(string model, ITokenizer tokenizer)
        => FuseLlmGoldens.Lines("real", $"represent.{model}.jsonl.gz").Select(line => Of(line, line.GetProperty("text").GetString()!, tokenizer));

    private static Representation Of(JsonElement line, string text, ITokenizer tokenizer)
    {
        int[] ids = line.Integers("input_ids");
        var tokens = tokenizer.Encode(text);
        int[] ends = [.. ids.Select((_, t) => tokens.EndsExclusive[Math.Min(t, tokens.Count - 1)])];
        float[][] logits = line.NumberRows("per_step_logits");
        int k = logits[0].Length;
        float[] crossEntropies = line.TryGetProperty("per_step_metric_ce", out var values) ? [.. values.EnumerateArray().Select(v => v.GetSingle())] : new float[ids.Length];
        // The reference leaves the last value out where a document fills the block.
        Array.Resize(ref crossEntropies, ids.Length);
        return new(
            new PieceId(line.GetProperty("index").GetInt32(), 0), ids, ends,
            new(k, [.. line.IntegerRows("per_step_indices").SelectMany(r => r)], [.. logits.SelectMany(r => r).Select(l => (Half)l)], [.. logits.Select(r => MathF.Log(r.Sum(MathF.Exp)))]),
            crossEntropies);
    }
}

using System.Text.Json;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>Reads parts of an answer by their places, each refused by its name where it is another thing.</summary>
internal static class AnswerJson
{
    // Sums of float32 may come out a little above 1.
    private const double Rounding = 1e-3;

    /// <summary>A member of an object.</summary>
    public static JsonElement Member(JsonElement parent, string name, string path, JsonValueKind kind)
        => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member)
            ? member.ValueKind == kind ? member : throw new AnswerException($"'{path}' is {Shown(member)}, expected {NameOf(kind)}")
            : throw new AnswerException($"'{path}' is missing");

    /// <summary>The same of a list, which has a length.</summary>
    public static JsonElement[] List(JsonElement parent, string name, string path, int atLeast, int atMost)
    {
        var list = Member(parent, name, path, JsonValueKind.Array);
        int count = list.GetArrayLength();
        return count >= atLeast && count <= atMost ? [.. list.EnumerateArray()]
            : throw new AnswerException(FormattableString.Invariant($"'{path}' has {count} entries, expected {(atLeast == atMost ? $"{atLeast}" : FormattableString.Invariant($"{atLeast} to {atMost}"))}"));
    }

    /// <summary>A log-probability: a finite number that is not above 0.</summary>
    public static double LogProbability(JsonElement value, string path)
        => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) && number <= Rounding ? Math.Min(0, number)
            : throw new AnswerException($"'{path}' is {Shown(value)}, expected a log-probability, which is at most 0");

    /// <summary>A token id.</summary>
    public static int Id(JsonElement value, string path)
        => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id) && id >= 0 ? id : throw new AnswerException($"'{path}' is {Shown(value)}, expected a token id");

    /// <summary>A value on one line, cut where it is long.</summary>
    public static string Shown(JsonElement value)
        => value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ => value.GetRawText() is { Length: > 40 } longer ? longer[..40] + "…" : value.GetRawText(),
        };

    private static string NameOf(JsonValueKind kind) => kind switch { JsonValueKind.Array => "a list", JsonValueKind.Object => "an object", JsonValueKind.String => "a text", _ => "a number" };
}

using System.Globalization;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Export;

/// <summary>What a GGUF file says of a model's size, license and origin, in the words of llama.cpp's converter.</summary>
internal static class ExportOrigin
{
    private const int MostModels = 64;

    // Of a base model, beside its number.
    private static readonly string[] _keys = ["name", "author", "version", "organization", "description", "url", "doi", "repo_url"];

    /// <summary>Adds license and base models: those of a GGUF file's own metadata, or those of a folder's card.</summary>
    /// <param name="writer">Gets the pairs.</param>
    /// <param name="model">A folder or a GGUF file.</param>
    /// <param name="card">What a folder's card says; null for nothing.</param>
    public static void Add(GgufWriter writer, string model, CardMatter? card)
    {
        if (GgufFile.IsGguf(model))
        {
            Copy(writer, GgufFile.Read(model));
            return;
        }

        if (card is null)
        {
            return;
        }

        foreach (var (key, value) in new[] { ("license", string.Join(',', card.Licenses)), ("license.name", card.LicenseName), ("license.link", card.LicenseLink) })
        {
            Text(writer, key, value);
        }

        string[] bases = [.. card.BaseModels.Take(MostModels)];
        if (bases.Length > 0)
        {
            writer.Number("general.base_model.count", bases.Length);
        }

        for (int i = 0; i < bases.Length; i++)
        {
            var parts = ModelIdParts.Parse(bases[i]);
            foreach (var (key, value) in new[] { ("name", parts.Name), ("version", parts.Version), ("organization", parts.Organization), ("repo_url", parts.Place) })
            {
                Text(writer, Invariant($"base_model.{i}.{key}"), value);
            }
        }
    }

    /// <summary>A size such as <c>6.7B</c>, <c>135M</c> or, of experts, <c>8x7.2B</c>: the parameters that one expert works with.</summary>
    /// <param name="tensors">Names and shapes as the file has them, stacked experts outermost.</param>
    public static string SizeLabel(IEnumerable<(string Name, IReadOnlyList<long> Shape)> tensors)
    {
        long shared = 0, expert = 0, count = 0, stacks = 0;
        foreach (var (name, shape) in tensors)
        {
            long size = shape.Aggregate(1L, (product, d) => product * d);
            if (name.Contains("_exps.", StringComparison.Ordinal) && shape.Count >= 3)
            {
                expert += size / shape[^3];
                count += shape[^3];
                stacks++;
            }
            else
            {
                shared += size;
            }
        }

        return stacks > 0 ? Invariant($"{count / stacks}x{Rounded(shared + expert)}") : Rounded(shared);
    }

    private static void Copy(GgufWriter writer, GgufFile file)
    {
        foreach (string key in new[] { "license", "license.name", "license.link" })
        {
            Text(writer, key, file.Text($"general.{key}"));
        }

        long count = Math.Clamp(file.Number("general.base_model.count", 0), 0, MostModels);
        if (count > 0)
        {
            writer.Number("general.base_model.count", count);
        }

        for (long i = 0; i < count; i++)
        {
            foreach (string key in _keys)
            {
                string full = Invariant($"base_model.{i}.{key}");
                Text(writer, full, file.Text($"general.{full}"));
            }
        }
    }

    private static void Text(GgufWriter writer, string key, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            writer.Text($"general.{key}", value);
        }
    }

    // Two digits at least, as Python writes them: what lies exactly in the middle becomes even.
    private static string Rounded(long parameters)
    {
        var (scale, suffix) = parameters > 1e12 ? (1e12, "T") : parameters > 1e9 ? (1e9, "B") : parameters > 1e6 ? (1e6, "M") : (1e3, "K");
        double scaled = parameters / scale;
        string whole = Math.Round(scaled, MidpointRounding.ToEven).ToString("F0", CultureInfo.InvariantCulture).TrimStart('0');
        int digits = Math.Max(0, 2 - whole.Length);
        bool isMiddle = scaled * 4 == Math.Floor(scaled * 4);
        return (isMiddle ? Math.Round(scaled, digits, MidpointRounding.ToEven) : scaled).ToString($"F{digits}", CultureInfo.InvariantCulture) + suffix;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

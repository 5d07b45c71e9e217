using System.Globalization;
using System.Text.RegularExpressions;

namespace FuseSharp.Pipeline.Merge;

/// <summary>A tensor's name in parts: what stands before its layer's number, the number, what stands after it.</summary>
/// <param name="Before">Such as <c>model.layers.</c>.</param>
/// <param name="Layer">0-based.</param>
/// <param name="After">Such as <c>.mlp.up_proj.weight</c>.</param>
internal sealed partial record LayerName(string Before, int Layer, string After)
{
    // The names of the embeddings of all families: tensors before the first layer. What else is no layer comes after the last.
    private static readonly string[] _embeddings = ["embed_tokens", "embed_in", "wte", "wpe"];

    /// <summary>Takes a name apart; null for tensors that belong to no layer.</summary>
    /// <param name="tensor">Its name.</param>
    public static LayerName? Parse(string tensor)
        => Layers().Match(tensor) is { Success: true } found
            ? new(found.Groups[1].Value, int.Parse(found.Groups[2].Value, CultureInfo.InvariantCulture), found.Groups[3].Value) : null;

    /// <summary>Whether a tensor that belongs to no layer comes before them.</summary>
    /// <param name="tensor">Its name.</param>
    public static bool IsBeforeLayers(string tensor) => tensor.Split('.').Any(_embeddings.Contains);

    /// <summary>The name in another layer.</summary>
    public string In(int layer) => string.Create(CultureInfo.InvariantCulture, $"{Before}{layer}{After}");

    [GeneratedRegex(@"^((?:.*?\.)?(?:layers|h|blocks)\.)(\d{1,6})(\..+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Layers();
}

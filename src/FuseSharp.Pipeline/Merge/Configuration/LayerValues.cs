using System.Globalization;
using System.Text.Json.Serialization;
using FuseSharp.Options;
using FuseSharp.Storage.Yaml;
using YamlDotNet.RepresentationModel;

namespace FuseSharp.Pipeline.Merge.Configuration;

/// <summary>A number of a merge that may differ from tensor to tensor, in the three forms of mergekit's files.</summary>
/// <remarks>
/// <code>
/// weight: 0.5                                              the same for all
/// weight: [0, 1]                                           runs over the layers, straight between its numbers
/// weight: [{ filter: mlp, value: 0.2 }, { value: [0, 1] }]  the first entry whose filter stands in the tensor's name
/// </code>
/// </remarks>
[YamlForm(nameof(Parse))]
[JsonConverter(typeof(LayerValuesJson))]
public sealed class LayerValues : INumbers
{
    private const string Forms = "expected a number, a list of numbers that runs over the layers, or a list of '{ filter: PART_OF_A_NAME, value: … }'";

    private LayerValues(IReadOnlyList<double> numbers, IReadOnlyList<(string? Filter, LayerValues Value)> conditions)
    {
        Gradient = numbers;
        Conditions = conditions;
    }

    /// <summary>Numbers over the layers, one for all of them; empty where there are conditions.</summary>
    public IReadOnlyList<double> Gradient { get; }

    /// <summary>Entries with a filter; null or <c>*</c> fits every name.</summary>
    public IReadOnlyList<(string? Filter, LayerValues Value)> Conditions { get; }

    /// <summary>Whether an entry's filter fits a tensor.</summary>
    /// <param name="filter">Null or <c>*</c> fits every name.</param>
    /// <param name="tensor">The tensor's name.</param>
    public static bool Fits(string? filter, string tensor) => filter is null or "*" || tensor.Contains(filter, StringComparison.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<double> Numbers => Conditions.Count > 0 ? Conditions.SelectMany(c => c.Value.Numbers) : Gradient;

    /// <summary>The same number for all tensors.</summary>
    /// <param name="value">Any.</param>
    public static implicit operator LayerValues(double value) => FromDouble(value);

    /// <summary>The same number for all tensors.</summary>
    /// <param name="value">Any.</param>
    public static LayerValues FromDouble(double value) => new([value], []);

    /// <summary>The number for a tensor.</summary>
    /// <param name="tensor">Its name.</param>
    /// <param name="t">How far its layer is on the way from the first, 0, to the last, 1.</param>
    /// <returns>Null where no condition fits.</returns>
    public double? At(string tensor, double t)
    {
        if (Conditions.Count > 0)
        {
            var (_, value) = Conditions.FirstOrDefault(c => Fits(c.Filter, tensor));
            return value?.At(tensor, t);
        }

        double place = t * (Gradient.Count - 1);
        int below = (int)place;
        double share = place - below;
        return ((1 - share) * Gradient[below]) + (share * Gradient[Math.Min(Gradient.Count - 1, below + 1)]);
    }

    /// <summary>Reads one of the forms.</summary>
    /// <param name="node">From a file.</param>
    /// <exception cref="FormatException">It is none of them; the message says what was expected.</exception>
    public static LayerValues Parse(YamlNode node)
        => node switch
        {
            YamlScalarNode { Value: { } text } => FromDouble(Number(text)),
            YamlSequenceNode { Children: { Count: > 0 } all } when all.All(n => n is YamlScalarNode) => new([.. all.Select(n => Number(((YamlScalarNode)n).Value ?? ""))], []),
            YamlSequenceNode { Children: { Count: > 0 } all } when all.All(n => n is YamlMappingNode) => new([], [.. all.Select(n => Condition((YamlMappingNode)n))]),
            _ => throw new FormatException(Forms),
        };

    private static (string? Filter, LayerValues Value) Condition(YamlMappingNode entry)
    {
        var keys = entry.Children.ToDictionary(c => (c.Key as YamlScalarNode)?.Value ?? "", c => c.Value);
        string? filter = keys.TryGetValue("filter", out var name) ? (name as YamlScalarNode)?.Value ?? throw new FormatException(Forms) : null;
        return keys.TryGetValue("value", out var value) && keys.Count == (name is null ? 1 : 2) ? (filter, Parse(value)) : throw new FormatException(Forms);
    }

    private static double Number(string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : throw new FormatException($"is '{text}', {Forms}");
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace FuseSharp.Models.Adapters;

/// <summary>The tensors of the model that an adapter belongs to, found by the names that its modules have when transformers runs it.</summary>
/// <param name="shapes">Shapes by the checkpoint's names.</param>
/// <param name="liesInputsFirst">Whether a weight of two dimensions lies inputs by outputs.</param>
internal sealed partial class AdapterTargets(IReadOnlyDictionary<string, IReadOnlyList<long>> shapes, Func<string, bool> liesInputsFirst)
{
    private const string Prefix = "transformer.";

    /// <summary>All of them.</summary>
    public IEnumerable<string> Names => shapes.Keys;

    /// <summary>Shape of a tensor.</summary>
    /// <param name="tensor">The checkpoint's name.</param>
    public IReadOnlyList<long> ShapeOf(string tensor) => shapes[tensor];

    /// <summary>Whether a map's weight lies inputs by outputs, as GPT-2's do.</summary>
    /// <param name="tensor">The checkpoint's name.</param>
    public bool IsTransposed(string tensor) => liesInputsFirst(tensor);

    /// <summary>The tensor of a running model's parameter; null where the checkpoint has none.</summary>
    /// <remarks>The first GPT-2 checkpoints lack a prefix; transformers 5 calls <c>mlp</c> what Mixtral's checkpoints call <c>block_sparse_moe</c>.</remarks>
    /// <param name="parameter">Its name.</param>
    public string? Find(string parameter) => Writings(parameter).FirstOrDefault(shapes.ContainsKey);

    /// <summary>The maps of the experts that transformers 5 holds in two parameters, one list for each of <c>gate_up_proj</c> and <c>down_proj</c>: tensor, expert, and its first row in the parameter.</summary>
    /// <param name="module">Name of the module that holds the parameters.</param>
    /// <param name="isDown">Whether of <c>down_proj</c>.</param>
    public IReadOnlyList<(string Tensor, int Expert, long Start)> Experts(string module, bool isDown)
    {
        string[] modules = [.. Writings(module)];
        var found = Names.Select(n => (Tensor: n, Match: Expert().Match(n))).Where(f => f.Match.Success && modules.Contains(f.Match.Groups["module"].Value)).ToList();
        bool IsOf(string map, params string[] names) => names.Contains(map);
        return [.. found.Select(f => (f.Tensor, Map: f.Match.Groups["map"].Value, Number: int.Parse(f.Match.Groups["expert"].Value, CultureInfo.InvariantCulture)))
            .Where(f => isDown == IsOf(f.Map, "down_proj", "w2"))
            .Select(f => (f.Tensor, f.Number, IsOf(f.Map, "up_proj", "w3") ? shapes[f.Tensor][0] : 0))];
    }

    private static IEnumerable<string> Writings(string name)
    {
        yield return name;
        yield return name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : Prefix + name;
        yield return name.Replace(".mlp.", ".block_sparse_moe.", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^(?<module>.+\.experts)\.(?<expert>[0-9]{1,5})\.(?<map>gate_proj|up_proj|down_proj|w[123])\.weight$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Expert();
}

using System.Globalization;
using System.Text.RegularExpressions;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Files of a model that llama.cpp has split: <c>NAME-00001-of-00003.gguf</c> and so on. The first has the metadata, each has tensors.</summary>
public static partial class GgufParts
{
    /// <summary>All files of a model.</summary>
    /// <param name="path">Its only file, or the first of several.</param>
    /// <exception cref="ModelException">It is a later one, or one is missing.</exception>
    public static IReadOnlyList<string> Files(string path) => GgufFile.Read(path).Tensors.Select(t => t.Path).Prepend(path).Distinct().ToList();

    /// <summary>The tensors of the other files.</summary>
    /// <param name="path">Of the first.</param>
    /// <param name="metadata">Of the first.</param>
    /// <param name="own">Tensors in the first.</param>
    internal static List<GgufTensor> Others(string path, Dictionary<string, object> metadata, List<GgufTensor> own)
    {
        if (metadata.GetValueOrDefault("split.count") is not (long count and > 1))
        {
            return [];
        }

        long number = metadata.GetValueOrDefault("split.no") as long? ?? 0;
        var name = PartName().Match(path);
        if (number != 0 || !name.Success || name.Groups["number"].Value != "00001" || int.Parse(name.Groups["count"].Value, CultureInfo.InvariantCulture) != count)
        {
            throw new ModelException(FormattableString.Invariant($"'{path}' is part {number + 1} of {count} of a split model, and its name should say so (NAME-00001-of-{count:00000}.gguf). Name the first part, with the others beside it under their own names."));
        }

        var others = new List<GgufTensor>();
        var names = own.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        for (int i = 2; i <= count; i++)
        {
            string file = FormattableString.Invariant($"{name.Groups["name"].Value}-{i:00000}-of-{count:00000}.gguf");
            if (!File.Exists(file))
            {
                throw new ModelException(FormattableString.Invariant($"'{path}' is the first of {count} parts, and '{file}' is not there. Put all parts into one folder."));
            }

            var (found, tensors) = GgufFile.ReadHead(file);
            if (found.GetValueOrDefault("split.no") is not long no || no != i - 1 || found.GetValueOrDefault("split.count") is not long all || all != count
                || tensors.Find(t => !names.Add(t.Name)) is not null)
            {
                throw new ModelException(FormattableString.Invariant($"'{file}' is not part {i} of the {count} that '{path}' begins. Get the files again."));
            }

            others.AddRange(tensors);
        }

        return metadata.GetValueOrDefault("split.tensors.count") is long whole && whole != names.Count
            ? throw new ModelException(FormattableString.Invariant($"'{path}' and its other parts hold {names.Count} tensors, expected {whole}. Get the files again."))
            : others;
    }

    [GeneratedRegex(@"^(?<name>.*)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})\.gguf$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex PartName();
}

using System.Text;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Benchmarks;

/// <summary>Real English, cut into documents of wanted lengths.</summary>
internal static class TinyCorpus
{
    /// <summary>The clone that the program runs from.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Folder of the tokenizer that counts the lengths: the demo's, of 2,048 tokens.</summary>
    public static string Tokenizer { get; } = Path.Combine(Repository, "assets", "models", "security");

    /// <summary>Writes one .txt file a document.</summary>
    /// <param name="folder">Gets them.</param>
    /// <param name="lengths">Tokens of each, the end-of-text token included.</param>
    /// <returns>The lengths they really have: a cut may change how the last word is tokenized.</returns>
    public static int[] Write(string folder, int[] lengths)
    {
        Directory.CreateDirectory(folder);
        var tokenizer = TokenizerFolder.Load(Tokenizer);
        string english = string.Join("\n\n", TextFiles.Read(SharedData.Path("data", "corpora", "encyclopedia.train.jsonl")).Select(d => d.Text));
        int[] real = new int[lengths.Length];
        int start = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            if (start + (8 * lengths[i]) > english.Length)
            {
                start = i % 97; // from the beginning again, but not with the same cuts
            }

            string text = english.Substring(start, 8 * lengths[i]);
            var tokens = tokenizer.Encode(text);
            text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text), 0, tokens.EndsExclusive[Math.Min(lengths[i] - 1, tokens.Count) - 1]).TrimEnd('\uFFFD');
            real[i] = Math.Min(lengths[i], tokenizer.Encode(text).Count + 1);
            File.WriteAllText(Path.Combine(folder, FormattableString.Invariant($"{i:D5}.txt")), text);
            start += text.Length;
        }

        return real;
    }

    /// <summary>The quantiles of a log-normal distribution.</summary>
    public static int[] LogNormal(int count, double median, double mean)
    {
        double sigma = Math.Sqrt(2 * Math.Log(mean / median));
        return [.. Enumerable.Range(0, count).Select(i => (int)(median * Math.Exp(sigma * Normal((i + 0.5) / count))))];
    }

    // The standard normal's quantile, by halving the interval of its distribution function (Simpson's rule on the density).
    private static double Normal(double probability)
    {
        const int Steps = 200;
        double low = -6;
        double high = 6;
        while (high - low > 1e-6)
        {
            double middle = (low + high) / 2;
            double width = (middle + 8) / Steps;
            double sum = Enumerable.Range(0, Steps + 1).Sum(s => (s is 0 or Steps ? 1 : s % 2 == 1 ? 4 : 2) * Math.Exp(-Math.Pow(-8 + (s * width), 2) / 2));
            (low, high) = sum * width / 3 / Math.Sqrt(2 * Math.PI) < probability ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    private static string FindRepository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FuseSharp.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Benchmarks run from a clone of the repository.");
    }
}

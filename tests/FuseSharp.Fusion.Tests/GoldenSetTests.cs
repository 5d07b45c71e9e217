using System.IO.Compression;
using FuseSharp.Testing;

namespace FuseSharp.Fusion.Tests;

public sealed class GoldenSetTests
{
    private static readonly string _own = Path.Combine(GoldenFile.Repository, "tests", "Goldens");

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Repository_HoldsTheSameAsShared()
    {
        string[] files = [.. Directory.GetFiles(_own, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_own, f)).Where(f => f != "README.md")];

        Assert.NotEmpty(files);
        Assert.All(files, f => Assert.True(Contents(Path.Combine(_own, f)).AsSpan().SequenceEqual(Contents(SharedFile(f))), $"{f} differs from ../shared's."));
    }

    [Fact]
    public void Repository_HoldsAFewMegabytes()
        => Assert.InRange(Directory.GetFiles(_own, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length), 1_000_000, 8_000_000);

    // The tokenizers themselves lie beside the corpora.
    private static string SharedFile(string file)
    {
        string plain = file.EndsWith(".gz", StringComparison.Ordinal) ? file[..^3] : file;
        string golden = SharedData.Path("golden", plain);
        return File.Exists(golden) ? golden : SharedData.Path("data", plain);
    }

    private static byte[] Contents(string file)
    {
        using var bytes = new MemoryStream();
        using var stream = File.OpenRead(file);
        using Stream plain = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        plain.CopyTo(bytes);
        return bytes.ToArray();
    }
}

using FuseSharp.Fusion.Split;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Fusion.Tests.Split;

/// <summary>How much of a domain is measured on, which decides what <c>plan</c> says evaluations cost.</summary>
public sealed class TestBytesTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public TestBytesTests()
    {
        Directory.CreateDirectory(_folder.At("all"));
        Directory.CreateDirectory(_folder.At("named/train"));
        Directory.CreateDirectory(_folder.At("named/test"));
        for (int i = 0; i < 10; i++)
        {
            File.WriteAllText(_folder.At($"all/{i}.txt"), new string('a', 1000));
            File.WriteAllText(_folder.At($"named/train/{i}.txt"), new string('a', 1000));
        }

        File.WriteAllText(_folder.At("named/test/0.txt"), new string('b', 1500));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("all", null, 0, 1000)] // of 10,000 bytes a tenth
    [InlineData("all", null, 400, 400)]
    [InlineData("all", null, 5000, 1000)]
    [InlineData("named", null, 0, 1500)]
    [InlineData(null, "named/test", 0, 1500)]
    [InlineData(null, "named/test", 2000, 1500)]
    [InlineData(null, null, 0, 0)]
    public void TestBytes_OfFiles_AreTheTestSplits(string? path, string? test, long limit, double expected)
    {
        var entry = new TextEntry { Path = path is null ? null : _folder.At(path), Test = test is null ? null : _folder.At(test) };

        Assert.Equal(expected, TextSurvey.TestBytes(entry, new SplitOptions { TestBytesPerDomain = limit }), 1e-6);
    }
}

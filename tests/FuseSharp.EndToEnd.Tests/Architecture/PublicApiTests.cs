using System.Reflection;
using FuseSharp.Testing;
using PublicApiGenerator;

namespace FuseSharp.EndToEnd.Tests.Architecture;

/// <summary>What each package shows to its users stands in tests/PublicApi: no change of it goes unseen.</summary>
public sealed class PublicApiTests
{
    private static readonly ApiGeneratorOptions _options = new() { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] };

    /// <summary>The packages that are libraries.</summary>
    public static TheoryData<string> Packages
        => [.. Directory.EnumerateDirectories(Path.Combine(GoldenFile.Repository, "src")).Select(d => Path.GetFileName(d)!).Where(d => d != "FuseSharp.Cli").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Package_ShowsWhatItsFileSays(string package)
        => Assert.Null(GoldenFile.Difference($"tests/PublicApi/{package}.txt", Assembly.Load(package).GeneratePublicApi(_options).ReplaceLineEndings("\n").TrimEnd() + "\n"));

    [Fact]
    public void Files_AreOfPackages()
        => Assert.Empty(Directory.EnumerateFiles(Path.Combine(GoldenFile.Repository, "tests", "PublicApi")).Select(f => Path.GetFileNameWithoutExtension(f)!).Except(Packages.Select(p => p.Data)));
}

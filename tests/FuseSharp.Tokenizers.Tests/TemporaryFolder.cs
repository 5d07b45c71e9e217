namespace FuseSharp.Tokenizers.Tests;

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fusesharp-tokenizers-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

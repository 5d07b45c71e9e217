using FuseSharp.Files;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Models in Hugging Face's cache, laid out as huggingface_hub does it: links from snapshots to blobs.</summary>
public sealed class HubCacheTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly ScratchFolder _home = new();

    public HubCacheTests()
    {
        string repository = Directory.CreateDirectory(_home.At("hub/models--acme--tiny-web")).FullName;
        string blobs = Directory.CreateDirectory(Path.Combine(repository, "blobs")).FullName;
        string snapshot = Directory.CreateDirectory(Path.Combine(repository, "snapshots", Commit)).FullName;
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), Commit);
        foreach (string file in Directory.EnumerateFiles(DemoModels.Path("web")))
        {
            string blob = Path.Combine(blobs, Path.GetFileName(file) + "-blob");
            File.Copy(file, blob);
            File.CreateSymbolicLink(Path.Combine(snapshot, Path.GetFileName(file)), Path.Combine("..", "..", "blobs", Path.GetFileName(blob)));
        }
    }

    private string Cache => _home.At("hub");

    private string Snapshot => Path.Combine(Cache, "models--acme--tiny-web", "snapshots", Commit);

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("acme/tiny-web")]
    [InlineData("acme/tiny-web@main")]
    [InlineData("acme/tiny-web@" + Commit)]
    public void Resolve_AModelInTheCache_IsItsSnapshot(string name)
    {
        Assert.Equal(Snapshot, HubCache.Resolve(name, Cache));
        Assert.Equal("tiny-web", ModelName.FromPath(Snapshot));
    }

    [Theory]
    [InlineData("acme/other")]
    [InlineData("acme/tiny-web@v2")]
    [InlineData("acme/tiny-web/snapshots")]
    [InlineData("../acme/tiny-web")]
    [InlineData("acme/tiny-web@../../..")]
    [InlineData("acme/..")]
    public void Resolve_WhatIsNotThere_StaysAsItIs(string name) => Assert.Equal(name, HubCache.Resolve(name, Cache));

    // As Python's tools read it from a file of settings, where no shell has put the home in its place.
    [Fact]
    public async Task HfHome_ThatBeginsWithATilde_IsInTheUsersHome()
    {
        var found = await FusesharpProcess.RunWithAsync([("HOME", Path.GetDirectoryName(_home.Path)!), ("HF_HOME", "~/" + Path.GetFileName(_home.Path))], "generate", "acme/tiny-web", "--prompt", "Gets the", "--max-tokens", "1");

        Assert.True(found.ExitCode == 0, found.Errors);
    }

    [Fact]
    public void Resolve_AReferenceThatLeadsElsewhere_IsNotFollowed()
    {
        File.WriteAllText(Path.Combine(Cache, "models--acme--tiny-web", "refs", "main"), "../..");

        Assert.Equal("acme/tiny-web", HubCache.Resolve("acme/tiny-web", Cache));
    }

    [Fact]
    public async Task Generate_ByName_IsTheModel()
    {
        var byName = await FusesharpProcess.RunWithAsync("HF_HOME", _home.Path, "generate", "acme/tiny-web", "--prompt", "Gets the", "--max-tokens", "5", "--temperature", "0");
        var (_, byPath, _) = await CommandRun.HereAsync("generate", DemoModels.Path("web"), "--prompt", "Gets the", "--max-tokens", "5", "--temperature", "0");

        Assert.Equal((0, byPath), (byName.ExitCode, byName.Output));
    }

    [Fact]
    public async Task Check_ARecipeThatNamesModels_FindsThemOrSaysBothWays()
    {
        File.WriteAllText(_home.At("mine.yaml"), $"output: run\ntarget: {DemoModels.Path("security")}\nsources: [acme/tiny-web]\ntexts: {{ a: {{ path: texts.txt, lines: true }} }}\ntrain: {{ batch_size: 4 }}\n");
        File.WriteAllLines(_home.At("texts.txt"), Enumerable.Range(0, 30).Select(i => FormattableString.Invariant($"Text {i} about nodes.")));

        var found = await FusesharpProcess.RunWithAsync("HF_HOME", _home.Path, "check", _home.At("mine.yaml"));
        var missing = await FusesharpProcess.RunWithAsync("HF_HOME", _home.At("empty"), "check", _home.At("mine.yaml"));

        Assert.True(found.ExitCode == 0, found.Errors);
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains($"Nor is 'acme/tiny-web' in the cache of Hugging Face, '{_home.At("empty/hub")}': fetch it with --download (or 'hf download acme/tiny-web'), or name the model's folder.", missing.Errors, StringComparison.Ordinal);
    }
}

using FuseSharp.Models.Native;
using TorchSharp;

namespace FuseSharp.Models.Tests.Native;

public sealed class LibTorchTests
{
    [Fact]
    public void Load_ThisMachine_LibTorchAnswers()
    {
        LibTorch.Load(); // again: loading twice is harmless

        using var sum = torch.ones(2, 3).sum();

        Assert.Equal(6f, sum.item<float>());
    }

    [Fact]
    public void MakeWeak_NotAnElfFile_ChangesNothing()
    {
        byte[] text = new byte[256];

        Assert.Equal(0, SymbolVersionPatch.MakeWeak(text, "GLIBCXX_3.4.32"));
        Assert.All(text, b => Assert.Equal(0, b));
    }

    // What makes it run on Debian 12: the requirement is there once, is weak after that, and nothing else has changed.
    [Fact]
    public void MakeWeak_TorchSharpsLibrary_ChangesOneFlag()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has symbol versions.");
        byte[] library = File.ReadAllBytes(Path.Combine(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "libtorch.folders"))[1], "libLibTorchSharp.so"));
        byte[] weak = [.. library];

        Assert.Equal(1, SymbolVersionPatch.MakeWeak(weak, "GLIBCXX_3.4.32"));
        Assert.Equal(1, library.Zip(weak).Count(pair => pair.First != pair.Second));
        Assert.Equal(0, SymbolVersionPatch.MakeWeak(weak, "GLIBCXX_9.9.99"));
    }
}

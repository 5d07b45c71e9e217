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
}

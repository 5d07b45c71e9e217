using System.Text;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Testing;

namespace FuseSharp.Storage.Tests.Artifacts;

public sealed class BoundedFileTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Length_IsThatOfWhatALinkLeadsTo()
    {
        _folder.Write("blob", new byte[321]);
        File.CreateSymbolicLink(_folder.At("near"), "blob");
        File.CreateSymbolicLink(_folder.At("far"), "near");

        Assert.Equal([321, 321, 321], new[] { "blob", "near", "far" }.Select(n => BoundedFile.LengthOf(_folder.At(n))));
        Assert.Equal(321, BoundedFile.Read(_folder.At("far"), 321)!.Length);
        Assert.Null(BoundedFile.Read(_folder.At("far"), 320));
    }

    [Fact]
    public void Read_ADeviceWithoutEnd_StopsAtTheBound()
    {
        if (File.Exists("/dev/zero"))
        {
            Assert.Null(BoundedFile.Read("/dev/zero", 1 << 20));
        }
    }

    [Fact]
    public void ReadText_GoesByTheByteOrderMark_AndRefusesWhatIsNoText()
    {
        string wide = _folder.Write("wide", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("Straße: 3")]);
        string latin = _folder.Write("latin", Encoding.Latin1.GetBytes("Straße: 3"));

        Assert.Equal("Straße: 3", BoundedFile.ReadText(wide, 100));
        Assert.Contains("is not UTF-8", Assert.Throws<ArtifactException>(() => BoundedFile.ReadText(latin, 100)).Message, StringComparison.Ordinal);
    }
}

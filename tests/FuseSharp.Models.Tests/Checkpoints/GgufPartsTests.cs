using FuseSharp.Errors;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Checkpoints;

public sealed class GgufPartsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_FirstOfThreeParts_IsTheWholeModel()
    {
        using var scope = NewDisposeScope();
        string whole = _folder.Write("whole.gguf", TinyGguf.Build());
        string first = WriteParts(3)[0];
        using var expected = LanguageModel.Load("whole", whole, ScalarType.Float32, CPU);
        using var model = LanguageModel.Load("parts", first, ScalarType.Float32, CPU);
        int[] ids = model.PromptIds("ab a");
        var input = tensor(ids, [1, ids.Length], ScalarType.Int64);

        Assert.Equal(expected.Network.Logits(input).data<float>().ToArray(), model.Network.Logits(input).data<float>().ToArray());
    }

    [Fact]
    public void Fingerprint_OfParts_ChangesWithTheLast()
    {
        string[] files = WriteParts(2);
        string before = LanguageModel.Fingerprint(files[0]);
        byte[] last = File.ReadAllBytes(files[1]);
        last[^100] ^= 1;
        File.WriteAllBytes(files[1], last);

        Assert.NotEqual(before, LanguageModel.Fingerprint(files[0]));
    }

    [Fact]
    public void Load_WithoutTheLastPart_NamesIt()
    {
        string[] files = WriteParts(3);
        File.Delete(files[2]);

        Assert.Contains($"'{files[2]}' is not there", Load(files[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SecondPart_AsksForTheFirst() => Assert.Contains("is part 2 of 3 of a split model", Load(WriteParts(3)[1]), StringComparison.Ordinal);

    [Fact]
    public void Load_PartOfAnotherPlace_IsRefused()
    {
        string[] files = WriteParts(3);
        File.Copy(files[2], files[1], overwrite: true);

        Assert.Contains($"'{files[1]}' is not part 2 of the 3", Load(files[0]), StringComparison.Ordinal);
    }

    private static string Load(string file) => Assert.Throws<ModelException>(() => LanguageModel.Load("m", file, ScalarType.Float32, CPU)).Message;

    private string[] WriteParts(int count)
        => [.. TinyGguf.BuildParts(count).Select((bytes, i) => _folder.Write(FormattableString.Invariant($"tiny-{i + 1:00000}-of-{count:00000}.gguf"), bytes))];
}

using System.Globalization;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Storage.Tests.Texts;

/// <summary>Parts of documents in percent: no document in two of them, each in one, whatever the split.</summary>
public sealed class TextPartTests
{
    private const string NoTexts = "The reference documentation beside the .NET SDK is not on this machine: its texts are what is divided.";

    private static readonly Document[] _documents = [.. Enumerable.Range(0, 4000).Select(i => new Document(string.Create(CultureInfo.InvariantCulture, $"Document {i}."), "here"))];

    /// <summary>True where the texts are missing.</summary>
    public static bool HasNoTexts => SdkDocumentation.FindPacks() is null;

    [Theory]
    [InlineData("60..100", 60, 100, 0.4)]
    [InlineData("0..1", 0, 1, 0.01)]
    [InlineData("0..100", 0, 100, 1)]
    public void Parse_ReadsWhatIsWritten(string text, int from, int to, double share)
    {
        var part = TextPart.Parse(text);

        Assert.Equal((from, to, share, text), (part.From, part.To, part.Share, part.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("60")]
    [InlineData("60-100")]
    [InlineData("60..60")]
    [InlineData("100..60")]
    [InlineData("60..101")]
    [InlineData("-1..60")]
    [InlineData("0.5..60")]
    [InlineData("0..50..100")]
    [InlineData("0 .. 60")]
    [InlineData("0..99999999999")]
    public void Parse_Nonsense_IsRefused(string text)
        => Assert.Equal($"is '{text}', expected two whole numbers of percent from 0 to 100, the first below the second, such as 60..100", Assert.Throws<FormatException>(() => TextPart.Parse(text)).Message);

    [Fact]
    public void Parts_EachDocumentIsInOneOfThem_AndTheirSharesHold()
    {
        TextPart[] parts = [TextPart.Parse("0..30"), TextPart.Parse("30..31"), TextPart.Parse("31..100")];

        Assert.All(_documents, d => Assert.Equal(1, parts.Count(p => p.Holds(d))));
        Assert.All(parts, p => Assert.Equal(p.Share, _documents.Count(p.Holds) / (double)_documents.Length, 0.025));
    }

    [Fact]
    public void Parts_SayNothingAboutTheSplit()
    {
        var part = TextPart.Parse("0..50");

        double train = Share(DataSplit.Train), test = Share(DataSplit.Test);

        Assert.Equal(0.5, train, 0.03);
        Assert.Equal(0.5, test, 0.09); // of some 400
        double Share(DataSplit split) => _documents.Where(d => HashSplit.Assign(d.Text) == split).Average(d => part.Holds(d) ? 1.0 : 0);
    }

    [Fact]
    public void Subject_DecidesInThePlaceOfTheText()
        => Assert.All(_documents, d => Assert.Equal(HashSplit.Percent("System.Uri"), Enumerable.Range(0, 100).Single(p => TextPart.Parse($"{p}..{p + 1}").Holds(d with { Subject = "System.Uri" }))));

    [Fact]
    public void DomainTexts_APart_ChoosesTrainingDocumentsOnly()
    {
        using var folder = new ScratchFolder();
        File.WriteAllLines(folder.At("a.txt"), _documents.Select(d => d.Text));
        var whole = new TextEntry { Path = folder.At("a.txt"), Lines = true };
        string[] Of(TextEntry entry, DataSplit split) => [.. DomainTexts.Read(entry, split).Select(d => d.Text)];

        string[] first = Of(whole with { Part = TextPart.Parse("0..60") }, DataSplit.Train), second = Of(whole with { Part = TextPart.Parse("60..100") }, DataSplit.Train);

        Assert.Empty(first.Intersect(second));
        Assert.Equal(Of(whole, DataSplit.Train).Order(), first.Concat(second).Order());
        Assert.All([DataSplit.Validation, DataSplit.Test], s => Assert.Equal(Of(whole, s), Of(whole with { Part = TextPart.Parse("60..100") }, s)));
        Assert.Equal(3, new[] { whole, whole with { Part = TextPart.Parse("0..60") }, whole with { Part = TextPart.Parse("60..100") } }.Select(DomainTexts.Fingerprint).Distinct().Count());
    }

    [Fact(Skip = NoTexts, SkipType = typeof(TextPartTests), SkipWhen = nameof(HasNoTexts))]
    public void QuestionsAboutAType_AreInThePartOfItsText()
    {
        var texts = SdkDocumentation.Read("security").DistinctBy(d => d.Subject).ToDictionary(d => d.Subject!, StringComparer.Ordinal); // two assemblies may have a type of one name
        var questions = SdkDocumentation.Read("security-chat").Where(d => texts.ContainsKey(d.Subject!)).ToList();
        var part = TextPart.Parse("0..32");

        Assert.True(questions.Count > 1000);
        Assert.Contains(questions, part.Holds);
        Assert.All(questions, q => Assert.Equal(part.Holds(texts[q.Subject!]), part.Holds(q)));
    }
}
